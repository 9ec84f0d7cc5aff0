//! Secrets that come from outside: they print nothing, and are wiped when dropped.

use std::fmt;

use zeroize::Zeroizing;

macro_rules! secrets {
    ($($(#[$documentation:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$documentation])*
        pub struct $name(Zeroizing<String>);

        impl $name {
            #[must_use]
            pub fn new(text: String) -> Self {
                Self(Zeroizing::new(text))
            }

            /// The text, for whoever checks it, and for its owner.
            #[must_use]
            pub fn expose(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(redacted)"))
            }
        }
    )+};
}

secrets! {
    /// A password as it was typed: no trimming, no case folding (ASVS 6.2.8).
    #[derive(Clone)]
    Password,
    /// An access token in its compact form.
    #[derive(Clone, PartialEq, Eq)]
    AccessToken,
    /// A refresh token as clients keep it.
    #[derive(Clone, PartialEq, Eq)]
    RefreshToken,
    /// The secret of a confidential application (RFC 6749, section 2.3.1).
    #[derive(Clone)]
    ClientSecret,
    /// What a browser keeps to be known by: no proof of who sits there, but that whoever does is
    /// not just anybody.
    #[derive(Clone, PartialEq, Eq)]
    DeviceToken,
}
