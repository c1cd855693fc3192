//! How the catalogue of codes is written down.

/// A code a line: its variant, name, status and title, and what to do about it.
macro_rules! codes {
    ($($name:ident $code:literal $status:ident $title:literal $text:literal;)+) => {
        /// A stable code; `/problems/<code>` explains it.
        #[expect(clippy::enum_variant_names, reason = "a variant is named after its code, `invalid_code` too")]
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Code {
            $(#[doc = $title] $name,)+
        }

        impl Code {
            /// Every code.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// As in `insufficient_points`.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => $code,)+ }
            }

            /// The status it is answered with.
            pub const fn status(self) -> StatusCode {
                match self { $(Self::$name => StatusCode::$status,)+ }
            }

            /// The same for every problem of this code.
            pub const fn title(self) -> &'static str {
                match self { $(Self::$name => $title,)+ }
            }

            /// What it means and what to do.
            pub const fn text(self) -> &'static str {
                match self { $(Self::$name => $text,)+ }
            }
        }
    };
}

pub(super) use codes;
