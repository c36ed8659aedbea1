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
    "ruby",
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
];

/// How models of phones begin whose names hold what robots call themselves.
const PHONES: &[&str] = &["; cubot", "; m bot", "; mbot"];

/// Messengers whose name is that of their agent for previews and also stands in the browser inside their app.
const MESSENGERS: &[&str] = &["viber", "whatsapp"];

/// What the browser inside an app has beside the app's name: on iOS and on Android.
const IN_APP: &[&str] = &["mobile/", "mobile safari/"];

/// How the agents of browsers begin.
const BROWSERS: &[&str] = &["mozilla/", "opera/"];

/// Whether an agent in lower case shows itself as a robot: no browser carries these names, and every browser begins as one.
/// Since Internet Explorer is gone, nobody but robots calls itself compatible.
fn is_robot(agent: &str) -> bool {
    let is_compatible = agent.contains("compatible;") && !agent.contains("msie ");
    let is_browser = BROWSERS.iter().any(|begin| agent.starts_with(begin));
    !agent.is_empty() && (!is_browser || is_compatible || ROBOTS.iter().any(|name| agent.contains(name)))
}

/// Whether a messenger draws a preview. A person who reads in the browser inside its app is none.
fn is_messenger_preview(agent: &str) -> bool {
    let is_in_app = agent.starts_with("mozilla/") && IN_APP.iter().any(|mark| agent.contains(mark));
    !is_in_app && MESSENGERS.iter().any(|name| agent.contains(name))
}

/// The first verdict that applies: robot, HEAD, prefetch, preview, human. Duplicates are told by what is remembered of the
/// visitor.
///
/// ```
/// use referral_core::record::Verdict;
/// use referral_core::rule::traffic::{Signals, verdict};
/// let googlebot = Some("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)");
/// assert_eq!(verdict(&Signals { user_agent: googlebot, ..Signals::default() }), Verdict::Bot);
/// ```
#[must_use]
pub fn verdict(signals: &Signals<'_>) -> Verdict {
    let agent = signals.user_agent.unwrap_or_default().to_ascii_lowercase();
    let agent = PHONES.iter().fold(agent, |agent, phone| agent.replace(phone, ";"));
    let is_preview = PREVIEWS.iter().any(|name| agent.contains(name)) || is_messenger_preview(&agent);
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
    if is_preview { Verdict::Preview } else { Verdict::Human }
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
