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
    "whatsapp",
    "linkedinbot",
    "skypeuripreview",
    "viber",
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

/// How the agents of browsers begin.
const BROWSERS: &[&str] = &["mozilla/", "opera/"];

/// Whether an agent in lower case shows itself as a robot: no browser carries these names, and every browser begins as one.
/// Since Internet Explorer is gone, nobody but robots calls itself compatible.
fn is_robot(agent: &str) -> bool {
    let is_compatible = agent.contains("compatible;") && !agent.contains("msie ");
    let is_browser = BROWSERS.iter().any(|begin| agent.starts_with(begin));
    !agent.is_empty() && (!is_browser || is_compatible || ROBOTS.iter().any(|name| agent.contains(name)))
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
    let is_preview = PREVIEWS.iter().any(|name| agent.contains(name));
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

/// Whether `url` is `prefix` or lies below it: `https://shop.example` allows `https://shop.example/sale?x=1` and not
/// `https://shop.example.evil.test`.
#[must_use]
pub fn lies_below(url: &str, prefix: &str) -> bool {
    let Some(rest) = url.strip_prefix(prefix) else { return false };
    // A back slash or a control character is read as a separator by some and not by others.
    let is_plain = !url.contains(['\\', '\t', '\r', '\n']) && !url.contains(char::is_control);
    is_plain && (rest.is_empty() || prefix.ends_with('/') || rest.starts_with(['/', '?', '#']))
}
