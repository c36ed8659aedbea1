//! What can be typed about people.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use referrals::record::{Channel, NotificationKind, ShownAs};
use referrals::value::{CampaignSlug, Country, Email, HostId, Language, Timestamp};

use super::{Hand, one_of};

/// What is asked about a person.
#[derive(Debug, Subcommand)]
pub(crate) enum PersonJob {
    /// Finds who has a host id, an email, a code or a link.
    Find {
        /// The host's id, or `email:ADDRESS`, `further:SOURCE:ID`, `id:UUID`, `code:CODE`, `link:URL`. `-` reads it from standard input.
        person: String,
        /// Look for a code in this campaign alone.
        #[arg(long)]
        campaign: Option<CampaignSlug>,
    },
    /// Shows what a person has in a campaign: code, links, referrals, rewards, balances.
    Show(OfPerson),
    /// Enrols a person as a possible referrer.
    Enrol(NewPerson),
    /// Makes a further link of an enrolled person.
    Link(NewLink),
    /// Makes a further code of an enrolled person.
    Code(NewCode),
    /// Shows what an enrolled person shares in each channel.
    ShareKit {
        #[command(flatten)]
        of: OfPerson,
        /// The language of the words; by default the person's own.
        #[arg(long)]
        language: Option<Language>,
    },
    /// Suspends a person: what they refer earns nothing.
    Suspend {
        /// The host's id, or `email:ADDRESS`, `further:SOURCE:ID`, or `id:UUID`.
        person: String,
        #[command(flatten)]
        hand: Hand,
    },
    /// Lets a suspended person refer again.
    Activate {
        /// The host's id, or `email:ADDRESS`, `further:SOURCE:ID`, or `id:UUID`.
        person: String,
        #[command(flatten)]
        hand: Hand,
    },
    /// Adds ids or an email to a person.
    AddAlias(Aliases),
    /// Takes ids or an email away from a person: whoever tells them next is somebody else.
    RemoveAlias(Aliases),
    /// Makes two people one, who turned out to be the same. The one who was enrolled first stays; there is no way back.
    Merge {
        /// The one: the host's id, or `email:ADDRESS`, `further:SOURCE:ID`, or `id:UUID`.
        one: String,
        /// The other.
        other: String,
        /// Only tell what it would do.
        #[arg(long)]
        dry_run: bool,
        #[command(flatten)]
        hand: Hand,
    },
    /// Sets how a person is shown to friends, and what the person says to them.
    Profile(Profile),
    /// Withdraws a code, a link or all links of a grant.
    Withdraw(Withdrawn),
    /// Restores what was withdrawn.
    Restore(Withdrawn),
    /// Records that a person wants no mails, or none of some kinds.
    Unsubscribe(MailKinds),
    /// Records that a person wants mails, or those of some kinds: the consent that you were given.
    Resubscribe(MailKinds),
    /// All that is held on a person, as JSON. It reads everything, as an audit does.
    Export {
        /// The host's id, or `email:ADDRESS`, `further:SOURCE:ID`, or `id:UUID`. `-` reads it from standard input, so that no other user sees it.
        person: String,
        /// Write it to this file, readable by its owner alone.
        #[arg(long, value_name = "FILE")]
        to: Option<PathBuf>,
        /// Replace the file that is there.
        #[arg(long, requires = "to")]
        replace: bool,
    },
    /// Erases a person. What is counted stays, under an id that leads to nobody.
    Erase {
        /// The host's id, or `email:ADDRESS`, `further:SOURCE:ID`, or `id:UUID`. `-` reads it from standard input, so that no other user sees it.
        person: String,
        /// Say that it is meant: what is erased cannot be brought back.
        #[arg(long, required_unless_present = "dry_run", conflicts_with = "dry_run")]
        yes: bool,
        /// Only tell what is held.
        #[arg(long)]
        dry_run: bool,
    },
}

/// How a person is shown. What is not said stays as it was.
#[derive(Clone, Debug, Args)]
pub(crate) struct Profile {
    /// The person: the host's id, or `email:ADDRESS`, `further:SOURCE:ID`, or `id:UUID`.
    pub(crate) person: String,
    /// How: `first_name`, `initial`, `pseudonym`.
    #[arg(long, value_name = "HOW", value_parser = one_of::<ShownAs, _>(ShownAs::ALL.iter().map(|how| how.as_str())))]
    pub(crate) shown_as: Option<ShownAs>,
    /// The name to be shown by; empty takes it away.
    #[arg(long, value_name = "NAME")]
    pub(crate) pseudonym: Option<String>,
    /// What the person says to friends, in at most 280 characters; empty takes it away.
    #[arg(long, value_name = "TEXT")]
    pub(crate) message: Option<String>,
}

/// Ids and an email of a person.
#[derive(Clone, Debug, Args)]
pub(crate) struct Aliases {
    /// The person: the host's id, or `email:ADDRESS`, `further:SOURCE:ID`, or `id:UUID`.
    pub(crate) person: String,
    /// The host's own id.
    #[arg(long)]
    pub(crate) host_id: Option<HostId>,
    /// A further id, such as `stripe:cus_1`; may be given more than once.
    #[arg(long, value_name = "SOURCE:ID")]
    pub(crate) id: Vec<String>,
    /// The email.
    #[arg(long)]
    pub(crate) email: Option<Email>,
}

/// What is withdrawn or restored.
#[derive(Clone, Debug, Args)]
pub(crate) struct Withdrawn {
    /// The campaign.
    pub(crate) campaign: CampaignSlug,
    /// `code:CODE`, `link:URL` or `grant:ID`.
    pub(crate) what: String,
    #[command(flatten)]
    pub(crate) hand: Hand,
}

/// A person in a campaign.
#[derive(Clone, Debug, Args)]
pub(crate) struct OfPerson {
    /// The campaign.
    pub(crate) campaign: CampaignSlug,
    /// The host's id, or `email:ADDRESS`, `further:SOURCE:ID`, `id:UUID`, `code:CODE`, `link:URL`.
    pub(crate) person: String,
}

/// A person to enrol.
#[derive(Debug, Args)]
pub(crate) struct NewPerson {
    #[command(flatten)]
    pub(crate) of: OfPerson,
    /// The email of a person who is named by the host's id.
    #[arg(long)]
    pub(crate) email: Option<Email>,
    /// A name to greet by.
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// The language to write in.
    #[arg(long)]
    pub(crate) language: Option<Language>,
    /// The country.
    #[arg(long)]
    pub(crate) country: Option<Country>,
}

/// A link to make.
#[derive(Debug, Args)]
pub(crate) struct NewLink {
    #[command(flatten)]
    pub(crate) of: OfPerson,
    /// Where it is shared: `email`, `qr`, `other:flyer`, …
    #[arg(long)]
    pub(crate) channel: Option<Channel>,
    /// A UTM parameter; may be said more than once.
    #[arg(long, value_name = "NAME=VALUE")]
    pub(crate) utm: Vec<String>,
}

/// A code to make.
#[derive(Debug, Args)]
pub(crate) struct NewCode {
    #[command(flatten)]
    pub(crate) of: OfPerson,
    /// The code to have; by default one is drawn.
    #[arg(long, value_name = "CODE")]
    pub(crate) vanity: Option<String>,
    /// Until when it is good.
    #[arg(long, value_name = "TIME")]
    pub(crate) expires: Option<Timestamp>,
    /// How many referrals it may bring.
    #[arg(long, value_name = "NUMBER")]
    pub(crate) max_uses: Option<u32>,
}

/// A person's mails.
#[derive(Debug, Args)]
pub(crate) struct MailKinds {
    /// The host's id, or `email:ADDRESS`, `further:SOURCE:ID`, or `id:UUID`.
    pub(crate) person: String,
    /// Mails of this kind; may be said more than once. By default all.
    #[arg(long, value_parser = one_of::<NotificationKind, _>(NotificationKind::ALL.iter().map(|kind| kind.as_str())))]
    pub(crate) kind: Vec<NotificationKind>,
    /// Who does it for the person, in your own words.
    #[arg(long, value_name = "WHO")]
    pub(crate) by: Option<String>,
    /// Why, in a few words without personal data.
    #[arg(long, value_name = "REASON")]
    pub(crate) why: Option<String>,
}
