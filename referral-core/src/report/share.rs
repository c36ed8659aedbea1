//! What a participant shares: for each channel the link, the words and the URL that opens the app.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::question::ShowShareKit;
use super::shown::shown;
use crate::campaign::{CampaignModel, ShareTextModel};
use crate::decide::{Current, Decide};
use crate::engine::Reader;
use crate::error::Error;
use crate::link::{LinkToken, ShareText, ShareVia, ShareWords, Shared, shown_name};
use crate::record::{Channel, Code, CodeKey, Enrolment, Grant, GrantKey, Key, KnownChannel, Link, LinkKey, PersonKey};
use crate::value::{Language, ParticipantId, Timestamp};

/// So many of a participant's newest links are looked through for those of channels.
const MOST_LINKS: u32 = 100;

/// What a participant shares in a campaign. It holds the participant's name, and nobody else's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShareKit {
    /// The participant.
    pub participant: ParticipantId,
    /// The first code, as it is shown.
    pub code: String,
    /// The URL of the first link.
    pub link: String,
    /// Every channel that campaigns know, then the campaign's own.
    pub channels: Vec<ShareItem>,
}

/// What is shared in one channel. Its text never prints, because a name may stand in it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShareItem {
    /// The channel.
    pub channel: Channel,
    /// The URL of the link: the newest that was made for the channel, or the participant's first.
    pub link: String,
    /// The language of the words.
    pub language: Language,
    /// The subject of a mail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// The words with everything in them, the link included: to be copied, or handed to the device's own share sheet.
    pub text: String,
    /// The URL that opens the app with the words; none if no URL can.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

impl fmt::Debug for ShareItem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ShareItem").field("channel", &self.channel).field("link", &self.link).finish_non_exhaustive()
    }
}

pub(super) fn show(reader: &mut Reader<'_>, asked: &ShowShareKit) -> Decide<ShareKit> {
    let current = reader.campaign(&asked.campaign)?;
    let (campaign, participant) = (current.id(), reader.participant(&asked.participant)?.participant);
    reader.need([Key::from(PersonKey { participant })])?;
    let enrolment = reader.enrolment(campaign, participant)?;
    let enrolment = enrolment.ok_or_else(|| Error::not_found("enrolment", participant))?;
    let person = reader.row(participant)?;
    let grant = GrantKey { campaign, grant: enrolment.grant };
    reader.need([Key::from(CodeKey { campaign, code: enrolment.code.clone() }), grant.clone().into()])?;
    let (code, first) = code_and_link(reader, &current, &enrolment)?;
    let next = reader.peek::<Grant>(grant)?.map_or(1, |grant| grant.next_counter);
    let links = links(reader, &enrolment, next)?;
    let own = person.as_ref().and_then(|person| person.language.as_deref()).and_then(|tag| tag.parse().ok());
    let wanted = asked.language.clone().or(own).unwrap_or_else(|| current.compiled.model.language.clone());
    let name = person.as_ref().and_then(|person| match person.shown_as {
        Some(_) => shown(person),
        None => person.name.as_ref().and_then(|name| shown_name(&name.0)),
    });
    let kit = Kit { model: &current.compiled.model, wanted: &wanted, name: name.as_deref(), code: &code };
    let mut channels = Vec::new();
    for channel in kit.channels() {
        let made = links.iter().rev().find(|link| link.channel.as_ref() == Some(&channel));
        let link = match made {
            Some(made) => link_url(reader, &current, &enrolment, made.counter, made.made_at)?,
            None => first.clone(),
        };
        channels.push(kit.item(channel, link));
    }
    Ok(ShareKit { participant, code, link: first, channels })
}

/// The first code of an enrolled participant, as it is shown, and the URL of the first link.
pub(crate) fn code_and_link(
    reader: &mut Reader<'_>,
    current: &Current,
    enrolment: &Enrolment,
) -> Decide<(String, String)> {
    let code = CodeKey { campaign: enrolment.campaign, code: enrolment.code.clone() };
    let code = reader.peek::<Code>(code)?.map_or_else(|| enrolment.code.clone(), |code| code.shown);
    // The first link was made with the enrolment.
    let link = link_url(reader, current, enrolment, 0, enrolment.enrolled_at)?;
    Ok((code, link))
}

/// The participant's newest links, by counter; the first is none of them.
fn links(reader: &mut Reader<'_>, enrolment: &Enrolment, next: u32) -> Decide<Vec<Link>> {
    let newest = next.saturating_sub(MOST_LINKS).max(1)..next;
    let key = |counter| LinkKey { campaign: enrolment.campaign, grant: enrolment.grant, counter };
    let keys: Vec<LinkKey> = newest.map(key).collect();
    reader.need(keys.iter().cloned().map(Key::from))?;
    let mut found = Vec::new();
    for key in keys {
        found.extend(reader.peek::<Link>(key)?);
    }
    Ok(found)
}

/// The URL of a link: the token behind the campaign's link host.
fn link_url(
    reader: &Reader<'_>,
    current: &Current,
    enrolment: &Enrolment,
    counter: u32,
    at: Timestamp,
) -> Decide<String> {
    let host = &current.compiled.model.link_host;
    let (keyring, tenant) = (reader.keyring(), reader.tenant());
    let token = LinkToken::mint(keyring, tenant, host, enrolment.campaign, enrolment.grant, at, counter)?;
    Ok(format!("https://{host}/{token}"))
}

/// What is the same for all channels.
struct Kit<'a> {
    model: &'a CampaignModel,
    wanted: &'a Language,
    name: Option<&'a str>,
    code: &'a str,
}

impl Kit<'_> {
    fn channels(&self) -> impl Iterator<Item = Channel> {
        let known = KnownChannel::ALL.iter().map(|known| Channel::Known(*known));
        let mut own: Vec<_> = self.model.share_texts.iter().filter_map(|text| text.channel.clone()).collect();
        own.retain(|channel| matches!(channel, Channel::Other(_)));
        own.sort();
        own.dedup();
        known.chain(own)
    }

    fn item(&self, channel: Channel, link: String) -> ShareItem {
        let title = if self.model.title.is_empty() { self.model.name.as_str() } else { &self.model.title };
        let words = ShareWords { name: self.name, link: &link, code: self.code, title };
        let found = self.find(&channel);
        let text = found.map(|found| &found.text);
        let whole = text.map_or_else(|| format!("{title}\n{link}"), |text| with_link(text, &words));
        let subject = found.and_then(|found| found.subject.as_ref()).map(|subject| subject.render(&words));
        let subject =
            (channel == Channel::Known(KnownChannel::Email)).then(|| subject.unwrap_or_else(|| title.to_owned()));
        let via = ShareVia::of_channel(&channel.to_string());
        let url = via.map(|via| {
            let beside = || text.map_or_else(|| title.to_owned(), |text| text.render_beside_link(&words));
            let text = if via.takes_link() { &beside() } else { &whole };
            via.url(&Shared { subject: subject.as_deref().unwrap_or(title), text, link: &link })
        });
        let language = found.and_then(|found| found.language.as_ref()).unwrap_or(&self.model.language).clone();
        ShareItem { channel, language, subject, text: whole, url, link }
    }

    /// The text for a channel: by language first, because who does not read it is not helped by the right channel.
    fn find(&self, channel: &Channel) -> Option<&ShareTextModel> {
        let tags = self.wanted.fallbacks().chain(self.model.language.fallbacks());
        let texts = &self.model.share_texts;
        let is_in =
            |text: &&ShareTextModel, tag: &str| text.language.as_ref().unwrap_or(&self.model.language).as_str() == tag;
        let of = |tag: &str, channel: Option<&Channel>| {
            texts.iter().find(|text| text.channel.as_ref() == channel && is_in(text, tag))
        };
        tags.flat_map(|tag| [of(tag, Some(channel)), of(tag, None)]).flatten().next()
    }
}

/// The words with the link in them, also where the app's own URL would take it beside them.
fn with_link(text: &ShareText, words: &ShareWords<'_>) -> String {
    let rendered = text.render(words);
    if text.leads_somewhere() { rendered } else { format!("{}\n{}", rendered.trim_end(), words.link) }
}
