//! Declares questions: a struct with its name and its answer for each, and the closed lists of all.

macro_rules! questions {
    ($($(#[$doc:meta])* $name:ident => $answer:ident = $text:literal by $read:path {
        $($(#[$fdoc:meta])* $f:ident: $ft:ty,)*
    })*) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
            #[serde(deny_unknown_fields)]
            pub struct $name { $($(#[$fdoc])* pub $f: $ft,)* }

            impl Question for $name {
                const NAME: &'static str = $text;
                type Answer = $answer;
                fn read(&self, reader: &mut Reader<'_>) -> Decide<$answer> { $read(reader, self) }
            }

            impl From<$name> for AnyQuestion {
                fn from(question: $name) -> Self { Self::$name(Box::new(question)) }
            }
        )*

        /// Any question. In JSON: `{"show_funnel": {…}}`.
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[non_exhaustive]
        pub enum AnyQuestion {
            $($(#[$doc])* #[serde(rename = $text)] $name(Box<$name>),)*
        }

        /// Any answer, under the name of its question.
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[non_exhaustive]
        pub enum AnyAnswer {
            $($(#[$doc])* #[serde(rename = $text)] $name(Box<$answer>),)*
        }

        impl AnyQuestion {
            /// The names of all questions.
            pub const NAMES: &'static [&'static str] = &[$($text),*];

            /// The name of this question.
            #[must_use]
            pub fn name(&self) -> &'static str {
                match self { $(Self::$name(_) => $text,)* }
            }
        }

        impl Question for AnyQuestion {
            const NAME: &'static str = "any";
            type Answer = AnyAnswer;
            fn read(&self, reader: &mut Reader<'_>) -> Decide<AnyAnswer> {
                match self {
                    $(Self::$name(question) => Ok(AnyAnswer::$name(Box::new($read(reader, question)?))),)*
                }
            }
        }
    };
}

pub(super) use questions;
