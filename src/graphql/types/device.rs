//! `Device`: what a session was opened with, as far as its user agent tells.

use async_graphql::{Enum, SimpleObject};
use woothee::parser::{Parser, WootheeResult};

/// What the client said it is. Anybody can say anything: it is for people to recognise their own devices by, and for nothing else.
#[derive(SimpleObject, Debug, PartialEq, Eq)]
pub(in crate::graphql) struct Device {
    kind: DeviceKind,
    /// Of what isn't a browser, its name.
    browser: Option<String>,
    operating_system: Option<String>,
    /// As it was sent, except for what isn't visible ASCII; at most 512 bytes.
    user_agent: Option<String>,
}

#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
enum DeviceKind {
    Desktop,
    Mobile,
    Tablet,
    /// Programs, crawlers, consoles, and what doesn't say.
    Other,
}

/// `woothee`'s word for what it can't tell.
const UNKNOWN: &str = "UNKNOWN";

impl Device {
    /// Of a user agent that is fit to be kept.
    pub(in crate::graphql) fn of(user_agent: Option<&str>) -> Self {
        let text = user_agent.unwrap_or_default();
        let found = Parser::new().parse(text).unwrap_or_default();
        Self {
            kind: kind(text, &found),
            browser: browser(text, &found),
            operating_system: operating_system(&found).map(str::to_owned),
            user_agent: user_agent.map(str::to_owned),
        }
    }
}

fn kind(text: &str, found: &WootheeResult<'_>) -> DeviceKind {
    match found.category {
        "pc" => DeviceKind::Desktop,
        "smartphone" if is_tablet(text, found) => DeviceKind::Tablet,
        "smartphone" | "mobilephone" => DeviceKind::Mobile,
        _ => DeviceKind::Other,
    }
}

/// Browsers on Android say `Mobile` on telephones only; an iPad that asks for the desktop's page
/// can't be told from a Mac.
fn is_tablet(text: &str, found: &WootheeResult<'_>) -> bool {
    match found.os {
        "iPad" => true,
        "Android" => !text.contains("Mobile"),
        _ => false,
    }
}

fn browser(text: &str, found: &WootheeResult<'_>) -> Option<String> {
    let name = match found.name {
        UNKNOWN | "" | "HTTP Library" | "misc crawler" => return program(text).map(str::to_owned),
        "SamsungBrowser" => "Samsung Internet",
        "Webview" => "WebView",
        name => name,
    };
    Some(name.to_owned())
}

/// The first product's name (RFC 9110, section 10.1.5), which is what programs say; every browser
/// says `Mozilla`.
fn program(text: &str) -> Option<&str> {
    let name = text.split(['/', ' ', '(', ';', ',']).next()?;
    (!name.is_empty() && name != "Mozilla").then_some(name)
}

/// Families, without versions: those that browsers tell have been frozen for years.
fn operating_system<'f>(found: &WootheeResult<'f>) -> Option<&'f str> {
    match found.os {
        UNKNOWN | "" => None,
        "Mac OSX" => Some("macOS"),
        "iPad" => Some("iPadOS"),
        "iPhone" | "iPod" => Some("iOS"),
        "ChromeOS" => Some("Chrome OS"),
        name if name.starts_with("Windows") => Some("Windows"),
        name => Some(name),
    }
}

#[cfg(test)]
mod tests;
