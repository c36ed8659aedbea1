//! Withdraws links, codes and grants, and lets them be good again. What came by them before stays.

use super::campaign;
use super::enrol;
use super::evidence::sealed;
use super::foresee;
use super::good::unknown_code;
use super::halt::{Decide, Halt};
use super::hand;
use super::notify::{self, About};
use super::view::View;
use crate::command::{Finding, Reason, Revocable, SetValidity, ValiditySet};
use crate::link::AnyCode;
use crate::record::{Code, CodeKey, Data, Grant, GrantKey, Key, Link, LinkKey, NotificationKind, Said, Validity};
use crate::value::{CampaignId, GrantId};

/// Withdraws a link, a code or a grant, or restores it. The last word by time of telling counts, from its own time on. A restoring
/// word takes the withdrawal back.
pub(super) fn set_validity(view: &mut View<'_>, command: &SetValidity) -> Decide<ValiditySet> {
    let current = campaign::by_slug(view, &command.campaign)?;
    let campaign = current.id();
    let said = hand::said(view, command.actor.as_ref(), command.reason.as_ref())?;
    let (participant, before, kinds) = match &command.what {
        Revocable::Code(text) => {
            let parsed: AnyCode = text.parse()?;
            let key = CodeKey { campaign, code: parsed.key().as_str().to_owned() };
            let code = view.get::<Code>(key)?;
            let Some(code) = code else { return Err(unknown(view, unknown_code(&parsed))) };
            let said = since((code.validity, code.said.clone()), (command.validity, said));
            view.put(Code { validity: command.validity, said: Some(said), ..code.clone() });
            (code.participant, code.validity, [NotificationKind::CodeRevoked, NotificationKind::CodeRestored])
        }
        Revocable::Link(text) => {
            let host = &current.compiled.model.link_host;
            let token = sealed(text)?.verify(view.keyring(), view.tenant(), host)?;
            if token.campaign != campaign {
                return Err(Halt::Declined(Reason::EvidenceUnknown));
            }
            let key = LinkKey { campaign, grant: token.grant, counter: token.counter };
            view.need([Key::from(key.clone()), GrantKey { campaign, grant: token.grant }.into()])?;
            let participant = owner(view, campaign, token.grant)?.participant;
            // A link that was made offline gets its record when something is first said of it.
            let blank = || enrol::new_link(key.clone(), participant, None, Data::default(), token.made_at());
            let link = view.get::<Link>(key.clone())?.unwrap_or_else(blank);
            let before = link.validity;
            let said = since((before, link.said.clone()), (command.validity, said));
            view.put(Link { validity: command.validity, said: Some(said), ..link });
            (participant, before, [NotificationKind::LinkRevoked, NotificationKind::LinkRestored])
        }
        Revocable::Grant(grant) => {
            let grant = owner(view, campaign, *grant)?;
            let said = since((grant.validity, grant.said.clone()), (command.validity, said));
            view.put(Grant { validity: command.validity, said: Some(said), ..grant.clone() });
            (grant.participant, grant.validity, [NotificationKind::GrantRevoked, NotificationKind::GrantRestored])
        }
    };
    if before != command.validity {
        let [revoked, restored] = kinds;
        let kind = if command.validity == Validity::Revoked { revoked } else { restored };
        notify::tell(view, kind, &About::participant(campaign, participant))?;
    }
    Ok(ValiditySet { participant, validity: command.validity })
}

/// Which word stays: of several that withdraw, the earliest by its time, so that it is known since when nobody comes by it.
fn since((before, known): (Validity, Option<Said>), (validity, said): (Validity, Said)) -> Said {
    let is_withdrawn = before == Validity::Revoked && validity == Validity::Revoked;
    match known.filter(|known| is_withdrawn && known.at <= said.at) {
        Some(known) => known,
        None => said,
    }
}

fn unknown(view: &mut View<'_>, (reason, detail): (Reason, Option<String>)) -> Halt {
    if let Some(detail) = detail {
        view.find_in_what_was_told(Finding::new(reason).because(detail));
    }
    Halt::Declined(reason)
}

fn owner(view: &mut View<'_>, campaign: CampaignId, grant: GrantId) -> Decide<Grant> {
    view.get::<Grant>(GrantKey { campaign, grant })?.ok_or(Halt::Declined(Reason::EvidenceUnknown))
}

/// Foresees what withdrawing reads.
pub(super) fn foresee(view: &mut View<'_>, command: &SetValidity) {
    foresee::campaign(view, &command.campaign);
}
