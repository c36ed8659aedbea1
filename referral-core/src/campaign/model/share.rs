//! What a campaign says to people: its texts for sharing, and the pages that messages lead to.

use serde::{Deserialize, Serialize};

use crate::link::{ShareText, percent_encoded};
use crate::record::Channel;
use crate::value::Language;

/// The words for sharing in one channel and one language.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShareTextModel {
    /// Where it is shared. By default wherever no other text stands for the channel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<Channel>,
    /// In which language it is. By default the campaign's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<Language>,
    /// The subject of a mail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<ShareText>,
    /// The text.
    pub text: ShareText,
}

/// What friends are shown where they land, in one language.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LandingModel {
    /// In which language it is. By default the campaign's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<Language>,
    /// The headline, also of a preview.
    pub title: ShareText,
    /// The text below the headline.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<ShareText>,
    /// The URL of a picture, also of a preview.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub picture: Option<String>,
}

/// The host's pages that messages lead to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Pages {
    /// Where participants see what they have: `{participant}`, `{code}` and `{campaign}` are filled.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tracking: Option<String>,
    /// Where people unsubscribe: `{token}` is filled.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unsubscribe: Option<String>,
}

/// The places of [`Pages::tracking`].
pub(in crate::campaign) const TRACKING_PLACES: &[&str] = &["participant", "code", "campaign"];
/// The places of [`Pages::unsubscribe`].
pub(in crate::campaign) const UNSUBSCRIBE_PLACES: &[&str] = &["token"];

/// The URL of a page with its places filled, percent-encoded.
#[must_use]
pub fn page_url(page: &str, places: &[(&str, &str)]) -> String {
    let fill = |url: String, (name, value): &(&str, &str)| url.replace(&format!("{{{name}}}"), &percent_encoded(value));
    places.iter().fold(page.to_owned(), fill)
}
