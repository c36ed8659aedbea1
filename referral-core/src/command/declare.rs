//! Declares commands: a struct with its name for each description, and the closed list of all.

macro_rules! commands {
    ($($(#[$doc:meta])* $name:ident => $outcome:ident = $text:literal { $($(#[$fdoc:meta])* $f:ident: $ft:ty,)* })*) => {
        $(
            $(#[$doc])*
            #[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
            #[serde(deny_unknown_fields)]
            pub struct $name { $($(#[$fdoc])* pub $f: $ft,)* }

            impl fmt::Debug for $name {
                fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    let mut shown = f.debug_struct(stringify!($name));
                    $(shown.field(stringify!($f), shown_or_hidden(stringify!($f), &self.$f));)*
                    shown.finish()
                }
            }

            impl Command for $name {
                const NAME: &'static str = $text;
                type Outcome = $outcome;
            }

            impl From<$name> for AnyCommand {
                fn from(command: $name) -> Self { Self::$name(Box::new(command)) }
            }
        )*
    };
}

/// The closed list of all commands.
macro_rules! any_command {
    ($($name:ident = $text:literal,)*) => {
        /// Any command. In JSON: `{"enrol": {…}}`.
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[non_exhaustive]
        pub enum AnyCommand {
            $(#[doc = concat!("[`", stringify!($name), "`].")] #[serde(rename = $text)] $name(Box<$name>),)*
        }

        impl AnyCommand {
            /// The names of all commands.
            pub const NAMES: &'static [&'static str] = &[$(<$name as Command>::NAME),*];

            /// The name of this command.
            #[must_use]
            pub fn name(&self) -> &'static str {
                match self { $(Self::$name(_) => $text,)* }
            }
        }

        // A name in the list is the one that the command itself states.
        const _: () = {
            $(assert!(same(<$name as Command>::NAME, $text));)*
        };
    };
}

/// Whether two texts are the same, while compiling.
pub(super) const fn same(left: &str, right: &str) -> bool {
    let (left, right) = (left.as_bytes(), right.as_bytes());
    let mut at = 0;
    while at < left.len() && at < right.len() {
        #[allow(clippy::indexing_slicing, reason = "within both, and only while compiling")]
        if left[at] != right[at] {
            return false;
        }
        at += 1;
    }
    left.len() == right.len()
}
