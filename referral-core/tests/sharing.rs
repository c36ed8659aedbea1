//! What a participant shares: words by channel and language, links by channel, and URLs that open apps.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use common::{Program, who};
use referral_core::engine::drive;
use referral_core::error::Error;
use referral_core::report::{ShareItem, ShareKit, ShowShareKit};
use referral_core::value::TenantId;
use serde_json::{Value, json};

fn texts() -> Value {
    json!({
        "title": "Spring",
        "share_texts": [
            {"text": "{name|A friend} says hi: {link}"},
            {"language": "de", "text": "{name|Jemand} grüßt: {link}"},
            {"channel": "whatsapp", "text": "{link} from {name|a friend} & more"},
            {"channel": "email", "language": "de-AT", "subject": "Servus von {name|wem}", "text": "Code {code}\n{link}"},
            {"channel": "x", "text": "Look at {title}!"},
            {"channel": "other:flyer", "text": "Type {code}"},
        ],
    })
}

fn ask(program: &Program, host_id: &str, language: Option<&str>) -> Result<ShareKit, Error> {
    let language = language.map(|tag| tag.parse().unwrap());
    let question = ShowShareKit { campaign: "spring".parse().unwrap(), participant: who(host_id), language };
    drive(&program.store, &mut program.engine.ask(TenantId::default(), question, program.now))
}

fn item<'k>(kit: &'k ShareKit, channel: &str) -> &'k ShareItem {
    kit.channels.iter().find(|item| item.channel.to_string() == channel).unwrap()
}

fn enrol(program: &mut Program, host_id: &str, name: &str, language: &str) {
    program.run(
        json!({"enrol": {"campaign": "spring", "person": {"host_id": host_id, "name": name, "language": language}}}),
    );
}

#[test]
fn words_are_found_by_language_first_and_by_channel_then() {
    let mut program = Program::with(texts());
    enrol(&mut program, "ada", "Ada", "fr");
    let cases = [
        (None, "sms", "en", "Ada says hi: "),
        (Some("de-CH"), "sms", "de", "Ada grüßt: "),
        (Some("de-CH"), "whatsapp", "de", "Ada grüßt: "),
        (Some("en-GB"), "whatsapp", "en", "https://go.example.com/"),
        (Some("de-AT"), "email", "de-AT", "Code "),
        (Some("de"), "email", "de", "Ada grüßt: "),
        (Some("ja"), "print", "en", "Ada says hi: "),
        (Some("en"), "other:flyer", "en", "Type "),
    ];
    for (wanted, channel, language, begins) in cases {
        let kit = ask(&program, "ada", wanted).unwrap();
        let item = item(&kit, channel);
        assert_eq!(item.language.as_str(), language, "{wanted:?} {channel}");
        assert!(item.text.starts_with(begins), "{wanted:?} {channel}: {}", item.text);
        assert_eq!(item.subject.is_some(), channel == "email");
    }
    let kit = ask(&program, "ada", Some("de-AT")).unwrap();
    assert_eq!(item(&kit, "email").subject.as_deref(), Some("Servus von Ada"));
    assert_eq!(kit.channels.len(), 14);
}

#[test]
fn a_participant_is_written_to_in_the_own_language_where_none_is_asked_for() {
    let mut program = Program::with(texts());
    enrol(&mut program, "ada", "Ada", "de-DE");
    assert!(item(&ask(&program, "ada", None).unwrap(), "sms").text.starts_with("Ada grüßt"));
}

#[test]
fn apps_that_take_the_link_beside_the_words_get_it_once() {
    let mut program = Program::with(texts());
    enrol(&mut program, "ada", "Ada", "en");
    let kit = ask(&program, "ada", None).unwrap();
    let link = kit.link.replace(':', "%3A").replace('/', "%2F");
    let urls = [
        ("whatsapp", format!("https://wa.me/?text={link}%20from%20Ada%20%26%20more")),
        ("sms", format!("sms:?&body=Ada%20says%20hi%3A%20{link}")),
        ("email", format!("mailto:?subject=Spring&body=Ada%20says%20hi%3A%20{link}")),
        ("telegram", format!("https://t.me/share/url?url={link}&text=Ada%20says%20hi%3A")),
        ("x", format!("https://x.com/intent/post?text=Look%20at%20Spring%21&url={link}")),
        ("facebook", format!("https://www.facebook.com/sharer/sharer.php?u={link}")),
        ("linkedin", format!("https://www.linkedin.com/sharing/share-offsite/?url={link}")),
        ("line", format!("https://line.me/R/share?text=Ada%20says%20hi%3A%20{link}")),
    ];
    for (channel, url) in urls {
        assert_eq!(item(&kit, channel).url.as_deref(), Some(url.as_str()));
    }
    assert_eq!(item(&kit, "x").text, format!("Look at Spring!\n{}", kit.link));
    for channel in ["copy", "qr", "print", "wechat", "messenger", "other:flyer"] {
        assert_eq!(item(&kit, channel).url, None, "{channel}");
    }
}

#[test]
fn a_channel_has_the_newest_link_that_was_made_for_it_and_every_link_is_good() {
    let mut program = Program::with(json!({"destinations": ["https://shop.example/"]}));
    program.enrol("ada");
    for channel in ["sms", "whatsapp", "sms"] {
        program.run(json!({"create_link": {"campaign": "spring", "participant": {"host": "ada"}, "channel": channel}}));
    }
    let kit = ask(&program, "ada", None).unwrap();
    let distinct: std::collections::BTreeSet<_> = kit.channels.iter().map(|item| &item.link).collect();
    assert_eq!(distinct.len(), 3);
    assert_eq!(item(&kit, "line").link, kit.link);
    for channel in ["sms", "whatsapp", "line"] {
        let token = item(&kit, channel).link.rsplit_once('/').unwrap().1.to_owned();
        program.run(json!({"record_click": {"link": token, "visitor": channel}}));
    }
    let links = program.all(referral_core::record::Kind::Touch);
    let channels: Vec<String> = links.iter().map(|record| format!("{record:?}")).collect();
    assert_eq!(channels.iter().filter(|touch| touch.contains("Known(Sms)")).count(), 1);
    assert_eq!(channels.iter().filter(|touch| touch.contains("counter: Some(3)")).count(), 1);
}

#[test]
fn whatever_people_are_called_it_stays_inside_their_words() {
    let mut program = Program::with(texts());
    let names = [
        ("Tom & Jerry?x=1#y", "Tom & Jerry?x=1#y"),
        ("{link}{code}", "{link}{code}"),
        ("\u{202e}Eve\u{2066}", "Eve"),
        ("visit evil.example", "A friend"),
        ("", "A friend"),
        ("مريم", "مريم"),
        ("👩\u{200d}🚀 \"Z\" + 1", "👩\u{200d}🚀 \"Z\" + 1"),
    ];
    for (index, (name, shown)) in names.into_iter().enumerate() {
        enrol(&mut program, &format!("p{index}"), name, "en");
        let kit = ask(&program, &format!("p{index}"), None).unwrap();
        assert_eq!(item(&kit, "sms").text, format!("{shown} says hi: {}", kit.link));
        for url in kit.channels.iter().filter_map(|item| item.url.as_deref()) {
            assert!(url.bytes().all(|byte| byte.is_ascii_graphic()) && url.matches('?').count() == 1, "{url}");
        }
        assert!(!format!("{kit:?}").contains("says hi"), "what is shared never prints");
    }
}

#[test]
fn without_texts_the_title_and_the_link_are_shared_and_strangers_share_nothing() {
    let mut program = Program::with(json!({}));
    program.enrol("ada");
    let kit = ask(&program, "ada", None).unwrap();
    assert_eq!(item(&kit, "sms").text, format!("spring\n{}", kit.link));
    assert!(item(&kit, "telegram").url.as_ref().unwrap().ends_with("&text=spring"));
    assert_eq!(ask(&program, "bob", None).unwrap_err().code(), "not_found");
    let code = program.enrol("cyd");
    program.lead("dan", &code);
    assert_eq!(ask(&program, "dan", None).unwrap_err().code(), "not_found");
}
