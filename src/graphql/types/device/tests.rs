//! What today's user agents are taken for.

use proptest::prelude::*;

use super::DeviceKind::{Desktop, Mobile, Other, Tablet};
use super::*;

type Expected = (DeviceKind, Option<&'static str>, Option<&'static str>);

const fn of(kind: DeviceKind, browser: &'static str, system: &'static str) -> Expected {
    (kind, Some(browser), Some(system))
}

const fn program(name: &'static str) -> Expected {
    (Other, Some(name), None)
}

fn assert_taken(cases: &[(&str, Expected)]) {
    for (text, (kind, browser, operating_system)) in cases {
        let expected = Device {
            kind: *kind,
            browser: browser.map(str::to_owned),
            operating_system: operating_system.map(str::to_owned),
            user_agent: Some((*text).to_owned()),
        };
        assert_eq!(Device::of(Some(text)), expected);
    }
}

#[test]
fn browsers_on_desks() {
    assert_taken(&[
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
            of(Desktop, "Chrome", "Windows"),
        ),
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
            of(Desktop, "Chrome", "macOS"),
        ),
        (
            "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
            of(Desktop, "Chrome", "Chrome OS"),
        ),
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0",
            of(Desktop, "Edge", "Windows"),
        ),
        (
            "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
            of(Desktop, "Firefox", "Linux"),
        ),
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:145.0) Gecko/20100101 Firefox/145.0",
            of(Desktop, "Firefox", "macOS"),
        ),
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.1 Safari/605.1.15",
            of(Desktop, "Safari", "macOS"),
        ),
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36 OPR/124.0.0.0",
            of(Desktop, "Opera", "Windows"),
        ),
        (
            "Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 6.1; Trident/4.0; Tablet PC 2.0)",
            of(Desktop, "Internet Explorer", "Windows"),
        ),
    ]);
}

#[test]
fn browsers_in_hands() {
    assert_taken(&[
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.1 Mobile/15E148 Safari/604.1",
            of(Mobile, "Safari", "iOS"),
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/142.0.7444.77 Mobile/15E148 Safari/604.1",
            of(Mobile, "Chrome", "iOS"),
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) FxiOS/145.0 Mobile/15E148 Safari/605.1.15",
            of(Mobile, "Firefox", "iOS"),
        ),
        (
            "Mozilla/5.0 (iPad; CPU OS 16_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/16.6 Mobile/15E148 Safari/604.1",
            of(Tablet, "Safari", "iPadOS"),
        ),
        (
            "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36",
            of(Mobile, "Chrome", "Android"),
        ),
        (
            "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
            of(Tablet, "Chrome", "Android"),
        ),
        (
            "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36",
            of(Mobile, "Samsung Internet", "Android"),
        ),
        (
            "Mozilla/5.0 (Linux; Android 13; SM-X906C Build/TP1A.220624.014) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0 Chrome/130.0.0.0 Safari/537.36",
            of(Tablet, "Samsung Internet", "Android"),
        ),
        (
            "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36 EdgA/142.0.0.0",
            of(Mobile, "Edge", "Android"),
        ),
        (
            "Mozilla/5.0 (Android 14; Tablet; rv:145.0) Gecko/145.0 Firefox/145.0",
            of(Tablet, "Firefox", "Android"),
        ),
        (
            "Mozilla/5.0 (Android 15; Mobile; rv:145.0) Gecko/145.0 Firefox/145.0",
            of(Mobile, "Firefox", "Android"),
        ),
        (
            "Mozilla/5.0 (Linux; Android 15; Pixel 9 Build/BP1A; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/142.0.7444.100 Mobile Safari/537.36",
            of(Mobile, "WebView", "Android"),
        ),
    ]);
}

#[test]
fn programs_are_called_what_they_call_themselves() {
    assert_taken(&[
        ("curl/8.17.0", program("curl")),
        ("python-requests/2.32.5", program("python-requests")),
        ("Go-http-client/2.0", program("Go-http-client")),
        ("okhttp/5.3.0", program("okhttp")),
        ("PostmanRuntime/7.49.1", program("PostmanRuntime")),
        ("node", program("node")),
        (
            "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
            program("Googlebot"),
        ),
        ("Mozilla/5.0", (Other, None, None)),
        ("<script>", program("<script>")),
        ("/ /", (Other, None, None)),
    ]);
}

#[test]
fn who_says_nothing_is_something() {
    let expected = Device {
        kind: Other,
        browser: None,
        operating_system: None,
        user_agent: None,
    };
    assert_eq!(Device::of(None), expected);
}

proptest! {
    #[test]
    fn no_text_is_too_odd(
        text in "(Mozilla|Windows|NT|10\\.0|Phone|Android|iP(hone|ad|od);|like Mac OS X|MSIE|Trident/|IEMobile/|rv:|Opera|OPR/|DoCoMo/|KDDI-|SoftBank/|BB10|Nintendo|CrOS|Darwin/|Edg/|Version/|[0-9.;()_ /]|[ -~]){0,40}"
    ) {
        let device = Device::of(Some(&text));
        prop_assert_eq!(device.user_agent.as_deref(), Some(text.as_str()));
        prop_assert!(device.browser.is_none_or(|name| !name.is_empty()));
        prop_assert!(device.operating_system.is_none_or(|name| !name.is_empty()));
    }
}
