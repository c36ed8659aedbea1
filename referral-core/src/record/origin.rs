//! Where somebody came from, as far as a request says so: device, browser, referring host, city, UTM values, and the link.
//!
//! None of it names a person. A whole user agent, address or URL is never kept, and an email in a UTM value is left out.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::field::{json_fields, text_enum, text_fields};
use super::name::Dimension;
use super::part::Data;
use crate::error::Error;
use crate::value::letters::hides;
use crate::value::{City, GrantId};

text_enum! {
    /// What kind of device a browser says that it runs on.
    Device {
        /// A phone.
        Mobile = "mobile",
        /// A tablet or a reader of books.
        Tablet = "tablet",
        /// A computer on a table or a lap.
        Desktop = "desktop",
        /// A television, or a box beside one.
        Tv = "tv",
        /// A console for games.
        Console = "console",
        /// No person's device: a robot, or an agent that draws previews.
        Bot = "bot",
        /// Another one: a watch, a car, a headset.
        Other = "other",
    }
    /// Which family a browser belongs to, or in the browser of which app a page was opened.
    Browser {
        /// Google Chrome, Chromium.
        Chrome = "chrome",
        /// Safari.
        Safari = "safari",
        /// Firefox.
        Firefox = "firefox",
        /// Microsoft Edge.
        Edge = "edge",
        /// Opera, Opera Mini, Opera GX.
        Opera = "opera",
        /// Samsung Internet.
        Samsung = "samsung",
        /// Yandex Browser.
        Yandex = "yandex",
        /// UC Browser.
        Uc = "uc",
        /// QQ Browser.
        Qq = "qq",
        /// Huawei Browser.
        Huawei = "huawei",
        /// Mi Browser.
        Xiaomi = "xiaomi",
        /// Vivo Browser.
        Vivo = "vivo",
        /// The browser of OPPO, OnePlus and realme.
        Oppo = "oppo",
        /// Amazon Silk.
        Silk = "silk",
        /// DuckDuckGo.
        Duckduckgo = "duckduckgo",
        /// Vivaldi.
        Vivaldi = "vivaldi",
        /// Naver Whale.
        Whale = "whale",
        /// Internet Explorer.
        InternetExplorer = "internet_explorer",
        /// The old browser of Android.
        Android = "android",
        /// In the app of Facebook.
        Facebook = "facebook",
        /// In the app of Messenger.
        Messenger = "messenger",
        /// In the app of Instagram.
        Instagram = "instagram",
        /// In the app of Threads.
        Threads = "threads",
        /// In the app of WhatsApp.
        Whatsapp = "whatsapp",
        /// In the app of TikTok.
        Tiktok = "tiktok",
        /// In the app of Snapchat.
        Snapchat = "snapchat",
        /// In the app of Pinterest.
        Pinterest = "pinterest",
        /// In the app of LinkedIn.
        Linkedin = "linkedin",
        /// In the app of X.
        X = "x",
        /// In the app of Reddit.
        Reddit = "reddit",
        /// In the app of Telegram.
        Telegram = "telegram",
        /// In the app of Viber.
        Viber = "viber",
        /// In the app of LINE.
        Line = "line",
        /// In the app of WeChat.
        Wechat = "wechat",
        /// In the app of KakaoTalk.
        Kakaotalk = "kakaotalk",
        /// In the app of Naver.
        Naver = "naver",
        /// In the app of Google.
        Google = "google",
        /// In another app, by the system's view of the web.
        Webview = "webview",
        /// Another one.
        Other = "other",
    }
    /// Which operating system a browser says that it runs on.
    System {
        /// Android.
        Android = "android",
        /// The system of iPhones and iPads.
        Ios = "ios",
        /// Windows.
        Windows = "windows",
        /// macOS. An iPad that asks for pages as a computer does says so too.
        Macos = "macos",
        /// Linux.
        Linux = "linux",
        /// ChromeOS.
        Chromeos = "chromeos",
        /// HarmonyOS.
        Harmonyos = "harmonyos",
        /// Tizen.
        Tizen = "tizen",
        /// webOS.
        Webos = "webos",
        /// KaiOS.
        Kaios = "kaios",
        /// Another one.
        Other = "other",
    }
}

/// The host of a page from which somebody came: in lower case, without port, user, path and query. A name that is not in
/// ASCII is kept as it came.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ReferringHost(Arc<str>);

impl ReferringHost {
    /// The greatest number of bytes: that of a host name.
    pub const MOST: usize = 253;

    /// The host.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ReferringHost {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self, Error> {
        let lower = text.to_lowercase();
        let is_of_a_host = |symbol: char| {
            symbol.is_alphanumeric() || matches!(symbol, '-' | '.' | '_' | '[' | ']' | ':') || !symbol.is_ascii()
        };
        let fits = (1..=Self::MOST).contains(&lower.len());
        if !fits || hides(&lower) || !lower.chars().all(|symbol| is_of_a_host(symbol) && !symbol.is_whitespace()) {
            return Err(Error::invalid("referring host", "is a host name of at most 253 bytes"));
        }
        Ok(Self(lower.into()))
    }
}

/// One UTM value: 1 to 100 characters that can be seen, and no email.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct UtmValue(Arc<str>);

impl UtmValue {
    /// The greatest number of characters.
    pub const MOST: usize = 100;

    /// The value.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for UtmValue {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self, Error> {
        let text = text.trim();
        if text.is_empty() || text.chars().count() > Self::MOST || hides(text) || is_like_an_email(text) {
            return Err(Error::invalid("utm", "is a text of 1 to 100 characters that can be seen, and no email"));
        }
        Ok(Self(text.into()))
    }
}

/// Whether a text holds an email, or what looks like one: also with the sign written out, encoded once more, or of full width.
fn is_like_an_email(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    ["@", "\u{ff20}", "\u{fe6b}", "%40", "&#64;", "(at)", "[at]"].iter().any(|sign| lower.contains(sign))
}

macro_rules! as_text {
    ($($name:ident)*) => {$(
        impl TryFrom<String> for $name {
            type Error = Error;
            fn try_from(text: String) -> Result<Self, Error> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> Self {
                value.as_str().to_owned()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}

as_text! { ReferringHost UtmValue }

/// What a link or a clicked URL says of the campaign of marketing that it belongs to. What is no [`UtmValue`] is left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Utm {
    /// `utm_source`: where it is placed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<UtmValue>,
    /// `utm_medium`: by which means.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub medium: Option<UtmValue>,
    /// `utm_campaign`: for which campaign of marketing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub campaign: Option<UtmValue>,
    /// `utm_term`: for which search.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub term: Option<UtmValue>,
    /// `utm_content`: in which variant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content: Option<UtmValue>,
}

impl Utm {
    /// Whether nothing is said.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// What a link's record says. A parameter may be named with or without `utm_`.
    #[must_use]
    pub fn of_link(said: &Data) -> Self {
        let mut utm = Self::default();
        for (name, value) in &said.0 {
            let name = name.to_ascii_lowercase();
            let name = name.strip_prefix("utm_").unwrap_or(&name);
            utm.note(name, value.as_str().unwrap_or_default());
        }
        utm
    }

    /// Notes a value under its name without `utm_`, unless there is one already. What is none is left out.
    pub(crate) fn note(&mut self, name: &str, value: &str) {
        let place = match name {
            "source" => &mut self.source,
            "medium" => &mut self.medium,
            "campaign" => &mut self.campaign,
            "term" => &mut self.term,
            "content" => &mut self.content,
            _ => return,
        };
        if place.is_none() {
            *place = value.parse().ok();
        }
    }
}

/// Where somebody came from, as far as a request says so.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Origin {
    /// The kind of device.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device: Option<Device>,
    /// The family of the browser.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub browser: Option<Browser>,
    /// The operating system.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub system: Option<System>,
    /// The host of the page before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub referring_host: Option<ReferringHost>,
    /// The city that the host's resolver found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub city: Option<City>,
    /// The UTM values of the link, or else of the URL that was asked for.
    #[serde(skip_serializing_if = "Utm::is_empty")]
    pub utm: Utm,
}

impl Origin {
    /// Whether nothing is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// What it is in one dimension, as far as it is known.
    #[must_use]
    pub fn member(&self, dimension: Dimension) -> Option<String> {
        let host = self.referring_host.as_ref().map(ReferringHost::as_str);
        let utm = |value: &Option<UtmValue>| value.as_ref().map(|value| value.as_str().to_owned());
        match dimension {
            Dimension::Device => self.device.map(|device| device.as_str().to_owned()),
            Dimension::Browser => self.browser.map(|browser| browser.as_str().to_owned()),
            Dimension::System => self.system.map(|system| system.as_str().to_owned()),
            Dimension::ReferringHost => host.map(str::to_owned),
            Dimension::City => self.city.as_ref().map(|city| city.as_str().to_owned()),
            Dimension::UtmSource => utm(&self.utm.source),
            Dimension::UtmMedium => utm(&self.utm.medium),
            Dimension::UtmCampaign => utm(&self.utm.campaign),
            _ => None,
        }
    }

    /// This origin, and of another one what this one leaves open. The UTM values of one source are never mixed with those of
    /// another.
    #[must_use]
    pub fn or(self, other: &Self) -> Self {
        Self {
            device: self.device.or(other.device),
            browser: self.browser.or(other.browser),
            system: self.system.or(other.system),
            referring_host: self.referring_host.or_else(|| other.referring_host.clone()),
            city: self.city.or_else(|| other.city.clone()),
            utm: if self.utm.is_empty() { other.utm.clone() } else { self.utm },
        }
    }
}

/// A link, by the grant that minted it and its number there; as a text `00000000000000ff/7`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct UsedLink {
    /// The grant.
    pub grant: GrantId,
    /// The link's counter under that grant.
    pub counter: u32,
}

impl fmt::Display for UsedLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.grant, self.counter)
    }
}

impl FromStr for UsedLink {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self, Error> {
        let wrong = || Error::invalid("used link", "is a grant and a number, such as `00000000000000ff/7`");
        let (grant, counter) = text.split_once('/').ok_or_else(wrong)?;
        let link = Self { grant: grant.to_owned().try_into()?, counter: counter.parse().map_err(|_| wrong())? };
        if link.to_string() == text { Ok(link) } else { Err(wrong()) }
    }
}

impl TryFrom<String> for UsedLink {
    type Error = Error;
    fn try_from(text: String) -> Result<Self, Error> {
        text.parse()
    }
}

impl From<UsedLink> for String {
    fn from(link: UsedLink) -> Self {
        link.to_string()
    }
}

text_fields! { Device, Browser, System, UsedLink }
json_fields! { Origin }

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_like_an_email_is_no_utm_value() {
        for good in ["spring-sale", " Frühling 2026 ", "12345678901", "a/b?c=d", "facebook"] {
            assert_eq!(good.parse::<UtmValue>().unwrap().as_str(), good.trim());
        }
        let long = "x".repeat(101);
        for bad in
            ["ada@mail.example", "ada%40mail.example", "ada＠mail.example", "ada(at)mail", "", " ", "a\u{202e}b", &long]
        {
            assert!(bad.parse::<UtmValue>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_link_names_its_parameters_with_or_without_the_prefix() {
        let said =
            serde_json::json!({"utm_source": "mail", "Campaign": "may", "utm_content": "ada@mail.example", "x": "y"});
        let utm = Utm::of_link(&Data(serde_json::from_value(said).unwrap()));
        let of = |value: &Option<UtmValue>| value.as_ref().map(|value| value.as_str().to_owned());
        assert_eq!((of(&utm.source), of(&utm.campaign)), (Some("mail".to_owned()), Some("may".to_owned())));
        assert_eq!((of(&utm.medium), of(&utm.content)), (None, None));
    }

    #[test]
    fn what_one_origin_leaves_open_another_may_say() {
        let text = |value: &str| Some(value.parse::<UtmValue>().unwrap());
        let link = Origin { utm: Utm { source: text("mail"), ..Utm::default() }, ..Origin::default() };
        let utm = Utm { source: text("web"), campaign: text("may"), ..Utm::default() };
        let touch = Origin { device: Some(Device::Mobile), utm, ..Origin::default() };
        let both = link.clone().or(&touch);
        assert_eq!((both.device, &both.utm), (Some(Device::Mobile), &link.utm), "UTM values are not mixed");
        assert_eq!(Origin::default().or(&touch), touch);
    }

    #[test]
    fn a_used_link_is_read_as_it_is_written() {
        let link = UsedLink { grant: GrantId([0, 0, 0, 0, 0, 0, 0, 255]), counter: 7 };
        assert_eq!(link.to_string(), "00000000000000ff/7");
        assert_eq!("00000000000000ff/7".parse::<UsedLink>().unwrap(), link);
        assert!(
            ["", "ff/7", "00000000000000ff", "00000000000000ff/-1"]
                .iter()
                .all(|text| text.parse::<UsedLink>().is_err())
        );
    }
}
