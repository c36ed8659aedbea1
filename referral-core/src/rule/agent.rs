//! What a browser says that it is and runs on, in families: the device, the browser, the system.
//!
//! Read by marks that vendors document, the more special ones first: nearly every browser also calls itself one or two others.
//! What an agent leaves open is [`Device::Other`], and so on: nothing is guessed.

use super::traffic;
use crate::record::{Browser, Device, System};

/// The families of one user agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Agent {
    /// The device.
    pub device: Device,
    /// The browser.
    pub browser: Browser,
    /// The operating system.
    pub system: System,
}

/// Marks of apps in whose own browser a page was opened, and of browsers. The first that is found counts.
const BROWSERS: &[(&str, Browser)] = &[
    ("barcelona ", Browser::Threads),
    ("instagram", Browser::Instagram),
    ("messengerforios", Browser::Messenger),
    ("messengerlite", Browser::Messenger),
    ("orca-android", Browser::Messenger),
    ("fb_iab/messenger", Browser::Messenger),
    ("fb_iab/orca", Browser::Messenger),
    ("fban/", Browser::Facebook),
    ("fbav/", Browser::Facebook),
    ("fb_iab/", Browser::Facebook),
    ("metaiab facebook", Browser::Facebook),
    ("metaiab instagram", Browser::Instagram),
    ("whatsapp", Browser::Whatsapp),
    ("musical_ly", Browser::Tiktok),
    ("bytedancewebview", Browser::Tiktok),
    ("trill_", Browser::Tiktok),
    ("tiktok", Browser::Tiktok),
    ("snapchat", Browser::Snapchat),
    ("[pinterest/", Browser::Pinterest),
    ("pinterest/", Browser::Pinterest),
    ("linkedinapp", Browser::Linkedin),
    ("twitter for ", Browser::X),
    ("twitterandroid", Browser::X),
    ("reddit/", Browser::Reddit),
    ("telegram", Browser::Telegram),
    ("viber", Browser::Viber),
    (" line/", Browser::Line),
    ("micromessenger/", Browser::Wechat),
    ("kakaotalk", Browser::Kakaotalk),
    ("naver(", Browser::Naver),
    ("gsa/", Browser::Google),
    ("edg/", Browser::Edge),
    ("edga/", Browser::Edge),
    ("edgios/", Browser::Edge),
    ("edge/", Browser::Edge),
    ("opr/", Browser::Opera),
    ("opios/", Browser::Opera),
    (" opt/", Browser::Opera),
    (" opx/", Browser::Opera),
    ("opera", Browser::Opera),
    ("samsungbrowser/", Browser::Samsung),
    ("yabrowser/", Browser::Yandex),
    ("yasearchbrowser/", Browser::Yandex),
    ("ucbrowser/", Browser::Uc),
    ("ubrowser/", Browser::Uc),
    ("qqbrowser/", Browser::Qq),
    (" qq/", Browser::Qq),
    ("huaweibrowser/", Browser::Huawei),
    ("miuibrowser/", Browser::Xiaomi),
    ("vivobrowser/", Browser::Vivo),
    ("heytapbrowser/", Browser::Oppo),
    ("silk/", Browser::Silk),
    ("duckduckgo/", Browser::Duckduckgo),
    (" ddg/", Browser::Duckduckgo),
    ("vivaldi/", Browser::Vivaldi),
    ("whale/", Browser::Whale),
    ("iemobile/", Browser::InternetExplorer),
    ("msie ", Browser::InternetExplorer),
    ("trident/", Browser::InternetExplorer),
    ("seamonkey/", Browser::Other),
    ("palemoon/", Browser::Other),
    ("fxios/", Browser::Firefox),
    ("focus/", Browser::Firefox),
    ("klar/", Browser::Firefox),
    ("firefox/", Browser::Firefox),
    ("; wv)", Browser::Webview),
    ("crios/", Browser::Chrome),
];

/// Marks of browsers that others also carry: they count only if nothing else does.
const LAST_BROWSERS: &[(&str, Browser)] = &[
    ("oculusbrowser/", Browser::Other),
    ("qtwebengine/", Browser::Other),
    ("electron/", Browser::Other),
    ("playstation", Browser::Other),
    ("web0s", Browser::Other),
    ("smart-tv", Browser::Other),
    ("chrome/", Browser::Chrome),
    ("chromium/", Browser::Chrome),
    ("kindle/", Browser::Other),
    ("tizen", Browser::Other),
];

const CONSOLES: &[&str] = &["playstation", "xbox", "nintendo"];

const TELEVISIONS: &[&str] = &[
    "smart-tv",
    "smarttv",
    "smart tv",
    "hbbtv",
    "web0s",
    "webos.tv",
    "netcast",
    "googletv",
    "google tv",
    "android tv",
    "appletv",
    "apple tv",
    "apple_tv",
    "bravia",
    "viera",
    "crkey",
    "roku",
    "; aft",
    "nettv",
    "philipstv",
    "vidaa",
    "aquos",
    "mibox",
    "mitv",
    "(dtv)",
    "; tv;",
    "tv safari",
    "large screen",
];

/// Watches, cars, headsets.
const OTHER_DEVICES: &[&str] =
    &["oculusbrowser", "; quest", "pico ", "qtcarbrowser", "tesla/", "watch", "glass ", "windows ce"];

const TABLETS: &[&str] =
    &["ipad", "tablet", "kindle", "playbook", "touchpad", "silk/", "nexus 7", "nexus 9", "nexus 10", "xoom"];

/// What stands in agents of phones, and of phones alone once televisions, consoles and tablets are told apart.
const PHONES: &[&str] = &[
    "mobile",
    "iphone",
    "ipod",
    "opera mini",
    "opera mobi",
    "iemobile",
    "windows phone",
    "kaios",
    "blackberry",
    "bb10",
    "symbian",
    "series60",
    "midp",
    "nokia",
    "j2me",
    "fennec",
    "ucweb",
];

const DESKTOPS: &[&str] =
    &["windows nt", "macintosh", "x11", "cros ", "linux x86_64", "linux i686", "windows 9", "win64"];

/// Marks of systems. The first that is found counts: a phone with Windows or Tizen also calls itself an Android one.
const SYSTEMS: &[(&str, System)] = &[
    ("windows phone", System::Other),
    ("windows ce", System::Other),
    ("xbox", System::Windows),
    ("kaios", System::Kaios),
    ("tizen", System::Tizen),
    ("web0s", System::Webos),
    ("webos", System::Webos),
    ("harmonyos", System::Harmonyos),
    ("openharmony", System::Harmonyos),
    ("arkweb/", System::Harmonyos),
    ("android", System::Android),
    ("iphone", System::Ios),
    ("ipad", System::Ios),
    ("ipod", System::Ios),
    ("apple tv", System::Ios),
    ("appletv", System::Ios),
    ("cros ", System::Chromeos),
    ("windows", System::Windows),
    ("macintosh", System::Macos),
    ("mac os x", System::Macos),
    ("playstation", System::Other),
    ("nintendo", System::Other),
    ("symbian", System::Other),
    ("bb10", System::Other),
    ("linux", System::Linux),
];

/// The families of a user agent. Of one that a robot or an agent for previews sends, the device says so.
///
/// ```
/// use referral_core::record::{Browser, Device, System};
/// use referral_core::rule::agent;
/// let agent = agent::read(
///     "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
/// );
/// assert_eq!((agent.device, agent.browser, agent.system), (Device::Mobile, Browser::Safari, System::Ios));
/// ```
#[must_use]
pub fn read(agent: &str) -> Agent {
    if traffic::is_machine(agent) {
        return Agent { device: Device::Bot, browser: Browser::Other, system: System::Other };
    }
    let agent = agent.to_ascii_lowercase();
    let system = found(&agent, SYSTEMS).unwrap_or(System::Other);
    Agent { device: device(&agent, system), browser: browser(&agent, system), system }
}

fn found<T: Copy>(agent: &str, marks: &[(&str, T)]) -> Option<T> {
    marks.iter().find(|(mark, _)| agent.contains(mark)).map(|(_, family)| *family)
}

fn device(agent: &str, system: System) -> Device {
    let has = |marks: &[&str]| marks.iter().any(|mark| agent.contains(mark));
    if has(CONSOLES) {
        return Device::Console;
    }
    if has(TELEVISIONS) {
        return Device::Tv;
    }
    if has(OTHER_DEVICES) {
        return Device::Other;
    }
    if has(TABLETS) {
        return Device::Tablet;
    }
    if has(PHONES) {
        return Device::Mobile;
    }
    match system {
        // Android's own rule: a phone says `Mobile`, a tablet does not.
        System::Android | System::Harmonyos => Device::Tablet,
        _ if has(DESKTOPS) => Device::Desktop,
        _ => Device::Other,
    }
}

fn browser(agent: &str, system: System) -> Browser {
    if let Some(family) = found(agent, BROWSERS).or_else(|| found(agent, LAST_BROWSERS)) {
        return family;
    }
    let is_webkit = agent.contains("applewebkit/");
    match system {
        System::Android if is_webkit && agent.contains("safari/") => Browser::Android,
        System::Ios | System::Macos if is_webkit && agent.contains("safari/") => Browser::Safari,
        // The system's view of the web leaves out the name of the browser.
        System::Ios | System::Macos if is_webkit => Browser::Webview,
        _ => Browser::Other,
    }
}
