//! What share texts say together.

use std::collections::BTreeSet;

use super::Findings;
use crate::campaign::model::{CampaignModel, ShareTextModel};
use crate::link::{ShareText, ShareVia};
use crate::record::{Channel, KnownChannel};
use crate::rule::destination::has_parameter;

pub(super) fn examine(model: &CampaignModel, findings: &mut Findings) {
    let mut seen = BTreeSet::new();
    for (index, text) in model.share_texts.iter().enumerate() {
        let path = format!("share_texts[{index}]");
        let language = text.language.as_ref().unwrap_or(&model.language);
        if !seen.insert((&text.channel, language)) {
            let channel = text.channel.as_ref().map_or_else(|| "any channel".to_owned(), |name| format!("`{name}`"));
            findings.refuse(&path, format!("another text is for {channel} in `{language}`"));
        }
        if text.subject.is_some() && !can_be_a_mail(text) {
            findings.refuse(format!("{path}.subject"), "only a mail has a subject");
        }
        if !text.text.leads_somewhere() && !link_goes_beside(text) {
            findings.refuse(format!("{path}.text"), "has neither `{link}` nor `{code}`: nobody could follow it");
        }
    }
    let speaks = |language: &str| seen.iter().any(|(_, known)| known.as_str() == language);
    if !seen.is_empty() && !model.language.fallbacks().any(speaks) {
        let problem = "no text is in it; who reads none of the others gets the title and the link alone";
        findings.warn("language", format!("`{}`: {problem}", model.language));
    }
}

/// What the landings and destinations say together.
pub(super) fn landings(model: &CampaignModel, findings: &mut Findings) {
    for (index, destination) in model.destinations.iter().enumerate() {
        if model.link_parameter.as_deref().is_some_and(|name| has_parameter(destination, name)) {
            findings.refuse(
                format!("destinations[{index}]"),
                "has the `link_parameter`, which is for the link or the code",
            );
        }
    }
    let mut seen = BTreeSet::new();
    for (index, landing) in model.landings.iter().enumerate() {
        let path = format!("landings[{index}]");
        let language = landing.language.as_ref().unwrap_or(&model.language);
        if !seen.insert(language) {
            findings.refuse(&path, format!("another landing is in `{language}`"));
        }
        for (name, text) in [("title", Some(&landing.title)), ("text", landing.text.as_ref())] {
            if text.is_some_and(ShareText::leads_somewhere) {
                findings.refuse(format!("{path}.{name}"), "has `{link}` or `{code}`: whoever reads it came by them");
            }
        }
    }
    if !seen.is_empty() && !model.language.fallbacks().any(|tag| seen.iter().any(|known| known.as_str() == tag)) {
        let problem = "no landing is in it; who reads none of the others is shown the title alone";
        findings.warn("language", format!("`{}`: {problem}", model.language));
    }
}

fn can_be_a_mail(text: &ShareTextModel) -> bool {
    text.channel.as_ref().is_none_or(|channel| *channel == Channel::Known(KnownChannel::Email))
}

/// Whether the text's one app takes the link beside it.
fn link_goes_beside(text: &ShareTextModel) -> bool {
    let via = text.channel.as_ref().and_then(|channel| ShareVia::of_channel(&channel.to_string()));
    via.is_some_and(ShareVia::takes_link)
}
