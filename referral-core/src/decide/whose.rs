//! Whose link or code a text is, and whether it is good now.

use super::campaign::{self, Current};
use super::enrol;
use super::good::{self, good_code};
use super::halt::{Decide, Halt};
use super::view::View;
use crate::command::Reason;
use crate::error::Error;
use crate::link::{AnyCode, LinkText, SealedToken};
use crate::record::{Data, Grant, GrantKey, Link, LinkKey};
use crate::value::{CampaignSlug, ParticipantId};

/// A link or a code that is good.
pub(crate) struct Led {
    pub(crate) current: Current,
    pub(crate) referrer: ParticipantId,
    pub(crate) by: By,
}

/// What somebody came by.
pub(crate) enum By {
    /// A link.
    Link {
        /// Its token.
        token: String,
        /// Its record. A link that was made offline has none in the store before it is first used.
        link: Box<Link>,
        /// Whether the store has none.
        is_new: bool,
    },
    /// A code, as the visitor typed it.
    Code(String),
}

impl By {
    /// The record of the link.
    pub(crate) fn link(&self) -> Option<&Link> {
        match self {
            Self::Link { link, .. } => Some(link),
            Self::Code(_) => None,
        }
    }

    /// The token, or the code in its usual form.
    pub(crate) fn text(&self) -> &str {
        match self {
            Self::Link { token, .. } => token,
            Self::Code(code) => code,
        }
    }
}

/// A link or a code that leads nowhere, and its campaign where that is known.
pub(crate) struct Astray {
    pub(crate) reason: Reason,
    pub(crate) detail: Option<String>,
    pub(crate) current: Option<Current>,
}

impl Astray {
    fn new(reason: Reason, detail: Option<String>) -> Self {
        Self { reason, detail, current: None }
    }
}

/// Finds whose link or code a text is. A code needs its campaign.
pub(crate) fn find(view: &mut View<'_>, text: &str, slug: Option<&CampaignSlug>) -> Decide<Result<Led, Astray>> {
    match text.parse::<LinkText>() {
        Ok(LinkText::Token(sealed)) => by_token(view, &sealed),
        Ok(LinkText::Code(code)) => by_code(view, &code, slug),
        Ok(LinkText::Claim(_)) => {
            let problem = "waits to be claimed by the device that made it".to_owned();
            Ok(Err(Astray::new(Reason::LinkInvalid, Some(problem))))
        }
        // A text that is no link and no code: of a length that only links have, it is a bad link.
        Err(error) => {
            let is_code = matches!(error, Error::InvalidLink { what: "code", .. });
            let reason = if is_code { Reason::CodeInvalid } else { Reason::LinkInvalid };
            Ok(Err(Astray::new(reason, good::problem_of(&error))))
        }
    }
}

fn by_token(view: &mut View<'_>, sealed: &SealedToken) -> Decide<Result<Led, Astray>> {
    let Some(current) = campaign::by_id(view, sealed.campaign())? else {
        return Ok(Err(Astray::new(Reason::LinkInvalid, None)));
    };
    let token = match sealed.verify(view.keyring(), view.tenant(), &current.compiled.model.link_host) {
        Ok(token) => token,
        Err(error) => return Ok(Err(Astray::new(Reason::LinkInvalid, good::problem_of(&error)))),
    };
    let key = LinkKey { campaign: current.id(), grant: token.grant, counter: token.counter };
    let grant = GrantKey { campaign: current.id(), grant: token.grant };
    view.need([key.clone().into(), grant.clone().into()])?;
    let Some(grant) = view.get::<Grant>(grant)? else {
        return Ok(Err(Astray { current: Some(current), ..Astray::new(Reason::EvidenceUnknown, None) }));
    };
    let known = view.peek::<Link>(key.clone())?;
    if good::is_revoked(&grant, known.as_ref(), view.now()) {
        return Ok(Err(Astray { current: Some(current), ..Astray::new(Reason::LinkRevoked, None) }));
    }
    let is_new = known.is_none();
    let new = || enrol::new_link(key, grant.participant, None, Data::default(), token.made_at());
    let link = Box::new(known.unwrap_or_else(new));
    Ok(Ok(Led { current, referrer: grant.participant, by: By::Link { token: sealed.to_string(), link, is_new } }))
}

fn by_code(view: &mut View<'_>, code: &AnyCode, slug: Option<&CampaignSlug>) -> Decide<Result<Led, Astray>> {
    let slug = slug.ok_or_else(|| Halt::from(Error::command("campaign", "is needed with a code")))?;
    let current = campaign::by_slug(view, slug)?;
    Ok(match good_code(view, &current, code, view.now())? {
        Ok(known) => Ok(Led { referrer: known.participant, by: By::Code(code.to_string()), current }),
        Err((reason, detail)) => Err(Astray { current: Some(current), ..Astray::new(reason, detail) }),
    })
}
