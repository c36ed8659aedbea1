//! Declares a command for each description: a struct, its name, and its place in `AnyCommand`.

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

        /// Any command. In JSON: `{"enrol": {…}}`.
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[non_exhaustive]
        pub enum AnyCommand {
            $($(#[$doc])* #[serde(rename = $text)] $name(Box<$name>),)*
        }

        impl AnyCommand {
            /// The names of all commands.
            pub const NAMES: &'static [&'static str] = &[$($text),*];

            /// The name of this command.
            #[must_use]
            pub fn name(&self) -> &'static str {
                match self { $(Self::$name(_) => $text,)* }
            }
        }
    };
}
