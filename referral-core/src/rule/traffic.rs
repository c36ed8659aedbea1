//! What stands behind a request: a person, or a machine that says so.
//!
//! Only what shows itself is recognised: by its name, by an address to write to, by not calling itself a browser. Who
//! hides is left to fraud signals.

use crate::record::Verdict;

/// What a request says about itself. Header values as they came.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Signals<'a> {
    /// The HTTP method.
    pub method: Option<&'a str>,
    /// The `User-Agent` header.
    pub user_agent: Option<&'a str>,
    /// The `Sec-Purpose`, `Purpose` or `X-Moz` header.
    pub purpose: Option<&'a str>,
    /// The `Sec-Fetch` headers.
    pub fetch: Fetch<'a>,
}

/// The `Sec-Fetch` headers, as W3C's "Fetch Metadata Request Headers" defines them. Browsers have sent them to hosts with TLS
/// since 2019 to 2023, each at its own time: one that is absent says nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fetch<'a> {
    /// `Sec-Fetch-Site`.
    pub site: Option<&'a str>,
    /// `Sec-Fetch-Mode`.
    pub mode: Option<&'a str>,
    /// `Sec-Fetch-Dest`.
    pub dest: Option<&'a str>,
    /// `Sec-Fetch-User`.
    pub user: Option<&'a str>,
}

/// Modes of a request that is no navigation.
const PARTS_BY_MODE: &[&str] = &["cors", "no-cors", "same-origin", "websocket", "webtransport"];

/// What a part of a page is fetched for.
const PARTS_BY_DEST: &[&str] = &[
    "audio",
    "audioworklet",
    "embed",
    "fencedframe",
    "font",
    "image",
    "json",
    "manifest",
    "object",
    "paintworklet",
    "report",
    "script",
    "serviceworker",
    "sharedworker",
    "style",
    "track",
    "video",
    "webidentity",
    "worker",
    "xslt",
];

/// Frames: parts of a page in which a person may click a link all the same.
const FRAMES: &[&str] = &["frame", "iframe"];

impl Fetch<'_> {
    /// Whether a browser loads the link as a part of a page, as hidden images and frames do. In a frame of the same site, or one in
    /// which a person clicked, it is a visit.
    fn is_part_of_a_page(&self) -> bool {
        let is = |value: Option<&str>, known: &[&str]| {
            value.is_some_and(|value| known.iter().any(|known| value.trim().eq_ignore_ascii_case(known)))
        };
        let is_own = is(self.site, &["same-origin", "same-site"]);
        let is_clicked = is(self.user, &["?1"]);
        is(self.mode, PARTS_BY_MODE)
            || is(self.dest, PARTS_BY_DEST)
            || (is(self.dest, FRAMES) && !is_own && !is_clicked)
    }
}

/// Agents that draw a preview when a link is pasted into a conversation. They are looked for before robots, because many
/// of them call themselves one.
const PREVIEWS: &[&str] = &[
    "facebookexternalhit",
    "facebot",
    "twitterbot",
    "slackbot",
    "slack-imgproxy",
    "discordbot",
    "telegrambot",
    "linkedinbot",
    "skypeuripreview",
    "line-poker",
    "pinterestbot",
    "redditbot",
    "embedly",
    "iframely",
    "vkshare",
    "mastodon/",
    "bitlybot",
    "snap url preview",
    "microsoftpreview",
    "google-pagerenderer",
    "google web preview",
    "link preview",
];

/// What robots call themselves.
const ROBOTS: &[&str] = &[
    "bot",
    "crawl",
    "spider",
    "slurp",
    "scrap",
    "archiver",
    "fetcher",
    "feed",
    "monitor",
    "checker",
    "validator",
    "scanner",
    "headless",
    "phantomjs",
    "lighthouse",
    "curl/",
    "wget/",
    "python-requests",
    "python-urllib",
    "aiohttp",
    "httpx/",
    "go-http-client",
    "okhttp",
    "java/",
    "libwww-perl",
    "apache-httpclient",
    "node-fetch",
    "axios/",
    "http://",
    "https://",
    "www.",
    ".com",
    "preview",
    "synthetic",
    "analyzer",
    "selenium",
    "playwright",
    "netcraft",
    "pingdom",
    "mediapartners",
    "google-",
    "googleagent",
    "agent)",
    "-agent",
    "datanyze",
    "hardenize",
    "hotjar",
    "linktiger",
    "marketgoo",
    "playstore-google",
    "securityheaders",
    "silktide",
];

/// What models of phones are called whose names hold what robots call themselves.
const PHONES: &[&str] = &["cubot", "; m bot", "; mbot"];

/// Apps that people use, whose names hold what robots call themselves.
const APPS: &[&str] = &["botim", "turbotax"];

/// Messengers whose name is that of their agent for previews and also stands in the browser inside their app.
const MESSENGERS: &[&str] = &["viber", "whatsapp"];

/// What the browser inside an app has beside the app's name: on iOS, on Android and on computers.
const IN_APP: &[&str] = &["mobile/", "mobile safari/", "electron/"];

/// How the agents of browsers begin: also those of televisions, and of phones from before the smart ones.
const BROWSERS: &[&str] = &[
    "mozilla/",
    "opera/",
    "ucweb/",
    "hbbtv/",
    "blackberry",
    "docomo/",
    "kddi-",
    "lg-",
    "mot-",
    "nokia",
    "samsung-",
    "softbank/",
    "sonyericsson",
];

/// Browsers that called themselves compatible. Since they are gone, nearly nobody but robots does.
const OLD_BROWSERS: &[&str] = &["msie ", "konqueror/"];

/// Whether an agent in lower case shows itself as a robot: no browser carries these names, and every browser begins as one.
fn is_robot(agent: &str) -> bool {
    let is_compatible = agent.contains("compatible;") && !OLD_BROWSERS.iter().any(|name| agent.contains(name));
    let is_browser = BROWSERS.iter().any(|begin| agent.starts_with(begin));
    !agent.is_empty() && (!is_browser || is_compatible || ROBOTS.iter().any(|name| agent.contains(name)))
}

/// Whether a messenger draws a preview. A person who reads in the browser inside its app is none.
fn is_messenger_preview(agent: &str) -> bool {
    let is_in_app = agent.starts_with("mozilla/") && IN_APP.iter().any(|mark| agent.contains(mark));
    !is_in_app && MESSENGERS.iter().any(|name| agent.contains(name))
}

/// A user agent in lower case, without names of phones and apps that hold what robots call themselves.
fn cleaned(agent: &str) -> String {
    let agent = agent.to_ascii_lowercase();
    PHONES
        .iter()
        .chain(APPS)
        .fold(agent, |agent, name| if agent.contains(name) { agent.replace(name, ";") } else { agent })
}

/// Whether a user agent in lower case draws previews.
fn is_preview(agent: &str) -> bool {
    PREVIEWS.iter().any(|name| agent.contains(name)) || is_messenger_preview(agent)
}

/// Whether a user agent shows itself as a machine: a robot, or an agent that draws previews.
#[must_use]
pub fn is_machine(agent: &str) -> bool {
    let agent = cleaned(agent);
    is_preview(&agent) || is_robot(&agent)
}

/// The first verdict that applies: robot, HEAD, prefetch, preview, embedded, human. Duplicates are told by what is remembered of
/// the visitor.
///
/// ```
/// use referral_core::record::Verdict;
/// use referral_core::rule::traffic::{Fetch, Signals, verdict};
/// let googlebot = Some("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)");
/// assert_eq!(verdict(&Signals { user_agent: googlebot, ..Signals::default() }), Verdict::Bot);
/// let image = Fetch { mode: Some("no-cors"), dest: Some("image"), ..Fetch::default() };
/// assert_eq!(verdict(&Signals { fetch: image, ..Signals::default() }), Verdict::Embedded);
/// ```
#[must_use]
pub fn verdict(signals: &Signals<'_>) -> Verdict {
    let agent = cleaned(signals.user_agent.unwrap_or_default());
    let is_preview = is_preview(&agent);
    if !is_preview && is_robot(&agent) {
        return Verdict::Bot;
    }
    if signals.method.is_some_and(|method| method.eq_ignore_ascii_case("head")) {
        return Verdict::Head;
    }
    let purpose = signals.purpose.unwrap_or_default().to_ascii_lowercase();
    if purpose.contains("prefetch") || purpose.contains("prerender") || purpose.contains("preview") {
        return Verdict::Prefetch;
    }
    if is_preview {
        return Verdict::Preview;
    }
    if signals.fetch.is_part_of_a_page() { Verdict::Embedded } else { Verdict::Human }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(agent: &str) -> Verdict {
        verdict(&Signals { user_agent: Some(agent), ..Signals::default() })
    }

    #[test]
    fn phones_and_messengers_that_people_read_in_are_people() {
        let people = [
            "Mozilla/5.0 (Linux; Android 11; CUBOT X50) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0 Mobile Safari/537.36",
            "Mozilla/5.0 (Linux; Android 9; M bot 60) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/96.0 Mobile Safari/537.36",
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 Viber/21.0",
            "Mozilla/5.0 (Linux; Android 13; SM-A536B; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/119.0 Mobile Safari/537.36 Viber/20.9",
            "Mozilla/5.0 (Linux; Android 13; wv) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/119.0 Mobile Safari/537.36 WhatsApp/2.23",
        ];
        for agent in people {
            assert_eq!(of(agent), Verdict::Human, "{agent}");
        }
    }

    #[test]
    fn what_a_browser_loads_as_a_part_of_a_page_is_no_click() {
        let of = |site: &'static str, mode: &'static str, dest: &'static str, user: &'static str| {
            let [site, mode, dest, user] =
                [site, mode, dest, user].map(|value| Some(value).filter(|value| !value.is_empty()));
            verdict(&Signals { fetch: Fetch { site, mode, dest, user }, ..Signals::default() })
        };
        let visits = [
            ("", "", "", ""),
            ("none", "navigate", "document", "?1"),
            ("cross-site", "navigate", "document", "?1"),
            // A redirect, or a script that leads on: nobody clicked, and yet somebody comes.
            ("cross-site", "navigate", "document", ""),
            ("same-origin", "navigate", "document", ""),
            ("cross-site", "navigate", "iframe", "?1"),
            ("same-site", "navigate", "iframe", ""),
            // An old browser, and what no specification knows.
            ("", "nested-navigate", "", ""),
            ("sideways", "teleport", "hologram", "?2"),
        ];
        for (site, mode, dest, user) in visits {
            assert_eq!(of(site, mode, dest, user), Verdict::Human, "{site} {mode} {dest} {user}");
        }
        let parts = [
            ("cross-site", "no-cors", "image", ""),
            ("cross-site", "no-cors", "script", ""),
            ("cross-site", "cors", "empty", ""),
            ("same-origin", "same-origin", "empty", ""),
            ("cross-site", "navigate", "iframe", ""),
            ("cross-site", "navigate", "frame", "?0"),
            ("cross-site", "navigate", "embed", ""),
            ("cross-site", "navigate", "object", "?1"),
            ("", "", "IMAGE", ""),
            ("", "websocket", "", ""),
        ];
        for (site, mode, dest, user) in parts {
            assert_eq!(of(site, mode, dest, user), Verdict::Embedded, "{site} {mode} {dest} {user}");
        }
    }

    #[test]
    fn their_agents_for_previews_and_robots_on_phones_are_told_apart() {
        let machines = [
            ("Viber/21.0.2 (Windows; 10.0)", Verdict::Preview),
            ("WhatsApp/2.23.20.0 A", Verdict::Preview),
            (
                "Mozilla/5.0 (Linux; Android 11; CUBOT X50; compatible; Googlebot/2.1) Mobile Safari/537.36",
                Verdict::Bot,
            ),
            ("Mozilla/5.0 (Linux; Android 9; spam bot) Mobile Safari/537.36", Verdict::Bot),
        ];
        for (agent, verdict) in machines {
            assert_eq!(of(agent), verdict, "{agent}");
        }
    }
}
