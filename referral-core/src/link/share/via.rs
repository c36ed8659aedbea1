//! The URLs that open an app with a text in it.

use std::fmt;

use super::percent_encoded;

/// An app that a URL can open with a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ShareVia {
    /// WhatsApp: `https://wa.me/?text=`.
    Whatsapp,
    /// A text message: `sms:?&body=`. RFC 5724 wants `?body=` and a recipient; iOS reads `&body=`, Android `?body=`, and
    /// both read this.
    Sms,
    /// An email: `mailto:?subject=…&body=…` (RFC 6068), to nobody yet.
    Email,
    /// Telegram: `https://t.me/share/url?url=…&text=…`.
    Telegram,
    /// X: `https://x.com/intent/post?text=…&url=…`.
    X,
    /// Facebook: `https://www.facebook.com/sharer/sharer.php?u=…`. It takes no text; its words come from the page.
    Facebook,
    /// LinkedIn: `https://www.linkedin.com/sharing/share-offsite/?url=…`. It takes no text either.
    Linkedin,
    /// LINE: `https://line.me/R/share?text=`.
    Line,
}

/// What is shared. It never prints: a name may stand in it.
#[derive(Clone, Copy)]
pub struct Shared<'a> {
    /// The subject of a mail.
    pub subject: &'a str,
    /// The text: with the link in it, or without for an app that takes the link beside it.
    pub text: &'a str,
    /// The URL of the link.
    pub link: &'a str,
}

impl ShareVia {
    /// All of them.
    pub const ALL: &'static [Self] =
        &[Self::Whatsapp, Self::Sms, Self::Email, Self::Telegram, Self::X, Self::Facebook, Self::Linkedin, Self::Line];

    /// The app of the channel with this name, if a URL can open it.
    #[must_use]
    pub fn of_channel(channel: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|via| via.channel() == channel)
    }

    /// The channel's name.
    #[must_use]
    pub fn channel(self) -> &'static str {
        match self {
            Self::Whatsapp => "whatsapp",
            Self::Sms => "sms",
            Self::Email => "email",
            Self::Telegram => "telegram",
            Self::X => "x",
            Self::Facebook => "facebook",
            Self::Linkedin => "linkedin",
            Self::Line => "line",
        }
    }

    /// Whether it takes the link beside the text.
    #[must_use]
    pub fn takes_link(self) -> bool {
        matches!(self, Self::Telegram | Self::X | Self::Facebook | Self::Linkedin)
    }

    /// The URL that opens it.
    ///
    /// ```
    /// use referral_core::link::{ShareVia, Shared};
    /// let shared = Shared { subject: "Hi", text: "a & b:\nhttps://x.example/1", link: "https://x.example/1" };
    /// assert_eq!(ShareVia::Email.url(&shared), "mailto:?subject=Hi&body=a%20%26%20b%3A%0D%0Ahttps%3A%2F%2Fx.example%2F1");
    /// ```
    #[must_use]
    pub fn url(self, shared: &Shared<'_>) -> String {
        let (text, link) = (percent_encoded(shared.text), percent_encoded(shared.link));
        match self {
            Self::Whatsapp => format!("https://wa.me/?text={text}"),
            Self::Sms => format!("sms:?&body={text}"),
            Self::Email => mailto(shared),
            Self::Telegram => format!("https://t.me/share/url?url={link}&text={text}"),
            Self::X => format!("https://x.com/intent/post?text={text}&url={link}"),
            Self::Facebook => format!("https://www.facebook.com/sharer/sharer.php?u={link}"),
            Self::Linkedin => format!("https://www.linkedin.com/sharing/share-offsite/?url={link}"),
            Self::Line => format!("https://line.me/R/share?text={text}"),
        }
    }
}

/// A subject is one line, so that nothing in it becomes a header of its own; the lines of a body end in CR LF.
fn mailto(shared: &Shared<'_>) -> String {
    let subject: String = shared.subject.chars().map(|c| if is_break(c) { ' ' } else { c }).collect();
    let lines = shared.text.replace("\r\n", "\n").replace('\r', "\n").replace('\n', "\r\n");
    format!("mailto:?subject={}&body={}", percent_encoded(subject.trim()), percent_encoded(&lines))
}

fn is_break(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')
}

impl fmt::Debug for Shared<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Shared(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINK: &str = "https://go.example.com/AQ-_x";

    fn url(via: ShareVia, subject: &str, text: &str) -> String {
        via.url(&Shared { subject, text, link: LINK })
    }

    /// The pairs of a query, decoded as RFC 3986 has it: `+` stays.
    fn pairs(url: &str) -> Vec<(String, String)> {
        let query = url.split_once('?').unwrap().1;
        let decode = |text: &str| {
            let mut bytes = Vec::new();
            let mut rest = text.bytes();
            while let Some(byte) = rest.next() {
                let byte = match byte {
                    b'%' => {
                        let two: Vec<u8> = rest.by_ref().take(2).collect();
                        u8::from_str_radix(std::str::from_utf8(&two).unwrap(), 16).unwrap()
                    }
                    byte => byte,
                };
                bytes.push(byte);
            }
            String::from_utf8(bytes).unwrap()
        };
        let pair = |pair: &str| {
            let (name, value) = pair.split_once('=').unwrap();
            (decode(name), decode(value))
        };
        query.split('&').filter(|part| !part.is_empty()).map(pair).collect()
    }

    #[test]
    fn each_app_has_its_url() {
        let text = "Hi, é+1 & \"2\"";
        let encoded = "Hi%2C%20%C3%A9%2B1%20%26%20%222%22";
        let link = "https%3A%2F%2Fgo.example.com%2FAQ-_x";
        let expected = [
            (ShareVia::Whatsapp, format!("https://wa.me/?text={encoded}")),
            (ShareVia::Sms, format!("sms:?&body={encoded}")),
            (ShareVia::Email, format!("mailto:?subject=Look&body={encoded}")),
            (ShareVia::Telegram, format!("https://t.me/share/url?url={link}&text={encoded}")),
            (ShareVia::X, format!("https://x.com/intent/post?text={encoded}&url={link}")),
            (ShareVia::Facebook, format!("https://www.facebook.com/sharer/sharer.php?u={link}")),
            (ShareVia::Linkedin, format!("https://www.linkedin.com/sharing/share-offsite/?url={link}")),
            (ShareVia::Line, format!("https://line.me/R/share?text={encoded}")),
        ];
        assert_eq!(expected.len(), ShareVia::ALL.len());
        for (via, expected) in expected {
            assert_eq!(url(via, "Look", text), expected);
            assert_eq!(ShareVia::of_channel(via.channel()), Some(via));
        }
        assert_eq!(ShareVia::of_channel("qr"), None);
    }

    #[test]
    fn whatever_is_shared_comes_out_as_it_went_in_and_adds_no_parameter() {
        let odd = [
            "Tom & Jerry=1&bcc=eve@evil.example",
            "100% + 5 = ? # ; , / \\ \" ' < > ` | ^ [ ] { }",
            "👩\u{200d}💻 🇩🇪 ✨",
            "مرحبا بالعالم \u{5e9}\u{5dc}\u{5d5}\u{5dd}",
            "%0D%0ABcc: eve@evil.example",
            "日本語　テキスト",
            "a\nb\n\nc",
        ];
        for text in odd {
            for via in ShareVia::ALL {
                let url = url(*via, text, text);
                assert!(url.bytes().all(|byte| byte.is_ascii_graphic()), "{url}");
                let pairs = pairs(&url);
                let names: Vec<_> = pairs.iter().map(|(name, _)| name.as_str()).collect();
                let known = ["text", "body", "subject", "url", "u"];
                assert!(names.len() <= 2 && names.iter().all(|name| known.contains(name)), "{url}");
                for (name, value) in &pairs {
                    let lines = text.replace('\n', "\r\n");
                    let whole = match name.as_str() {
                        "url" | "u" => LINK,
                        "body" if *via == ShareVia::Email => lines.as_str(),
                        "subject" => continue,
                        _ => text,
                    };
                    assert_eq!(value, whole, "{url}");
                }
            }
        }
    }

    #[test]
    fn no_subject_and_no_body_adds_a_header_to_a_mail() {
        for bad in ["Hi\r\nBcc: eve@evil.example", "Hi\nBcc: x", "Hi\rBcc: x", "Hi\u{2028}Bcc: x", "Hi\u{85}Bcc: x"] {
            let url = url(ShareVia::Email, bad, bad);
            let pairs = pairs(&url);
            assert_eq!(pairs.len(), 2);
            let (_, subject) = &pairs[0];
            assert!(!subject.chars().any(is_break), "{subject:?}");
            let (_, body) = &pairs[1];
            assert!(!body.replace("\r\n", "").contains(['\r', '\n']), "{body:?}");
        }
    }
}
