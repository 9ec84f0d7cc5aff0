//! Who may ask the endpoints of OAuth, and how: client authentication and errors after RFC 6749, sections 2.3.1 and 5.2.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::app::{TestApp, eventually};
use crate::client::{JSON, Request};
use crate::sub_systems::{
    BILLING, INTROSPECT, PUBLIC, REVOKE, SHOP, Tokens, assert_error, basic, form, post, with_alice,
};

const BOTH: [&str; 2] = [INTROSPECT, REVOKE];

fn with_basic(request: Request) -> Request {
    request.header("Authorization", &SHOP.basic())
}

#[tokio::test]
async fn a_client_shows_its_secret_by_basic_or_in_the_body() {
    let (app, alice) = with_alice().await;
    let tokens = Tokens::of(&alice, "shop", &app).await;
    let token = tokens.access.as_str();
    let in_body = [
        ("token", token),
        ("client_id", SHOP.client_id),
        ("client_secret", SHOP.secret),
    ];
    let named = [("token", token), ("client_id", SHOP.client_id)];
    let lower = SHOP.basic().replacen("Basic", "bAsIc", 1);
    for request in [
        form(INTROSPECT, &in_body),
        SHOP.to_introspect(token),
        SHOP.to_introspect(token).replace("Authorization", &lower),
        // Its name in the body, too, is no second way to authenticate.
        with_basic(form(INTROSPECT, &named)),
        // Without a value it is as if it weren't there.
        with_basic(post(INTROSPECT, &format!("token={token}&client_secret="))),
    ] {
        let answer = app.send(request).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert_eq!(answer.json()["active"], true);
        assert_eq!(answer.header("content-type"), Some("application/json"));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
    }
    let answer = app.send(form(REVOKE, &in_body)).await;
    assert_eq!((answer.status, answer.text().as_str()), (200, ""));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    tokens.assert_dead("REVOKED", &app).await;
}

#[tokio::test]
async fn a_secret_in_basic_is_encoded_as_in_a_form() {
    let (app, _) = with_alice().await;
    let pair = |text: &str| format!("Basic {}", STANDARD.encode(text));
    let every_byte = |text: &str| {
        let bytes = text.bytes().map(|byte| format!("%{byte:02x}"));
        bytes.collect::<Vec<_>>().concat()
    };
    let (id, secret) = (SHOP.client_id, SHOP.secret);
    let as_it_is = pair(&format!("{id}:{secret}"));
    let all = pair(&format!("{}:{}", every_byte(id), every_byte(secret)));
    for (header, status) in [(SHOP.basic(), 200), (all, 200), (as_it_is, 401)] {
        let request = form(INTROSPECT, &[("token", "x")]).header("Authorization", &header);
        assert_eq!(app.send(request).await.status, status, "{header}");
    }
    // One without anything to encode is the same both ways.
    let plain = pair(&format!("{}:{}", BILLING.client_id, BILLING.secret));
    assert_eq!(plain, BILLING.basic());
}

#[tokio::test]
async fn nobody_gets_an_answer_without_having_shown_who_it_is() {
    let (app, alice) = with_alice().await;
    let tokens = Tokens::of(&alice, "shop", &app).await;
    let token = ("token", tokens.access.as_str());
    let (id, secret) = (("client_id", "shop"), ("client_secret", SHOP.secret));
    let wrong = SHOP.secret.replace('0', "1");
    let encoded_twice = SHOP.basic().replacen("Basic ", "", 1);
    for path in BOTH {
        let with = |header: &str| form(path, &[token]).header("Authorization", header);
        for request in [
            form(path, &[token]),
            form(path, &[token, id, ("client_secret", &wrong)]),
            form(path, &[token, id, ("client_secret", BILLING.secret)]),
            form(path, &[token, id]),
            form(path, &[token, id, ("client_secret", "")]),
            form(path, &[token, secret]),
            form(path, &[token, ("client_id", "nobody"), secret]),
            form(path, &[token, ("client_id", "SHOP"), secret]),
            form(path, &[token, ("client_id", PUBLIC), secret]),
            form(path, &[token, id, ("client_assertion", "a.b.c")]),
            with(&basic("shop", &wrong)),
            with(&basic("shop", "")),
            with(&basic("billing", SHOP.secret)),
            with(&basic("nobody", SHOP.secret)),
            with(&basic("", "")),
            with(&basic(PUBLIC, "")),
            with(&format!("Bearer {}", tokens.access)),
            with(&format!("Basic {}", STANDARD.encode("shop"))),
            with("Basic"),
            with("Basic ==="),
            with(&encoded_twice),
        ] {
            let text = format!("{request:?}");
            let answer = app.send(request).await;
            assert_error(&answer, 401, "invalid_client");
            let challenge = answer.header("www-authenticate").expect(&text);
            assert_eq!(challenge, "Basic realm=\"cardea\", charset=\"UTF-8\"");
            assert!(!answer.text().contains("secret"), "which part was wrong");
        }
    }
    // A public application may revoke, but not ask.
    let public = form(INTROSPECT, &[token, ("client_id", PUBLIC)]);
    assert_error(&app.send(public).await, 401, "invalid_client");
    tokens.assert_live(&app).await;
}

#[tokio::test]
async fn a_disabled_application_is_told_that_nothing_is_active_and_may_do_nothing() {
    let (app, alice) = with_alice().await;
    let tokens = Tokens::of(&alice, "shop", &app).await;
    let elsewhere = Tokens::of(&alice, "billing", &app).await;
    SHOP.assert_active(&tokens.access, &app).await;
    let app = app
        .restarted(|config| {
            for application in &mut config.applications {
                application.enabled = application.client_id != "shop";
            }
        })
        .await;
    for token in [&tokens.access, &tokens.refresh, &elsewhere.access, "x"] {
        SHOP.assert_inactive(token, &app).await;
        let revoke = app.send(SHOP.to_revoke(token)).await;
        assert_error(&revoke, 401, "invalid_client");
    }
    for path in BOTH {
        let request = form(path, &[("token", &tokens.access)]);
        let wrong = request.header("Authorization", &basic("shop", BILLING.secret));
        assert_error(&app.send(wrong).await, 401, "invalid_client");
    }
    BILLING.assert_inactive(&tokens.access, &app).await;
    BILLING.assert_active(&elsewhere.access, &app).await;
}

#[tokio::test]
async fn an_application_that_another_node_has_just_made_is_known() {
    let (app, _) = with_alice().await;
    let crm = crate::sub_systems::SubSystem {
        client_id: "crm",
        secret: BILLING.secret,
    };
    app.another_node(|config| config.applications.push(crm.application()))
        .await;
    eventually(Duration::from_secs(2), "known", async || {
        app.send(crm.to_introspect("x")).await.status == 200
    })
    .await;
}

#[tokio::test]
async fn two_ways_at_once_are_none() {
    let (app, _) = with_alice().await;
    let (token, id) = (("token", "x"), ("client_id", "shop"));
    let secret = ("client_secret", SHOP.secret);
    let assertion = ("client_assertion", "a.b.c");
    for path in BOTH {
        for request in [
            with_basic(form(path, &[token, id, secret])),
            with_basic(form(path, &[token, secret])),
            with_basic(form(path, &[token, assertion])),
            with_basic(with_basic(form(path, &[token]))),
            with_basic(form(path, &[token, ("client_id", "billing")])),
            form(path, &[token, id, secret, assertion]),
        ] {
            assert_error(&app.send(request).await, 400, "invalid_request");
        }
    }
}

#[tokio::test]
async fn a_parameter_is_there_once() {
    let (app, _) = with_alice().await;
    for path in BOTH {
        for twice in [
            "token=x&token=x",
            "token=x&token=",
            "token=x&tok%65n=y",
            "token=x&token_type_hint=a&token_type_hint=b",
            "token=x&client_id=shop&client_id=shop",
        ] {
            let answer = app.send(with_basic(post(path, twice))).await;
            assert_error(&answer, 400, "invalid_request");
        }
        let secrets = format!(
            "token=x&client_id=shop&client_secret={0}&client_secret={0}",
            "a"
        );
        assert_error(
            &app.send(post(path, &secrets)).await,
            400,
            "invalid_request",
        );
        // What nobody here knows is ignored, however often it is there.
        let others = with_basic(post(path, "resource=a&token=x&resource=b&resource=c"));
        assert_eq!(app.send(others).await.status, 200, "{path}");
    }
}

#[tokio::test]
async fn a_request_has_a_token() {
    let (app, _) = with_alice().await;
    for path in BOTH {
        for body in [
            "",
            "token=",
            "token",
            "&",
            "Token=x",
            "token%20=x",
            "{\"token\":\"x\"}",
        ] {
            let answer = app.send(with_basic(post(path, body))).await;
            assert_error(&answer, 400, "invalid_request");
            // But not to whoever hasn't shown who it is.
            let answer = app.send(post(path, body)).await;
            assert_error(&answer, 401, "invalid_client");
        }
    }
}

#[tokio::test]
async fn nothing_is_taken_from_the_url() {
    let (app, _) = with_alice().await;
    for path in BOTH {
        for query in [
            "client_id=shop&client_secret=x",
            "client_secret=x",
            "token=x",
            "tok%65n=x",
            "token_type_hint=access_token",
        ] {
            let mut request = with_basic(form(path, &[("token", "x")]));
            request.set_target(&format!("{path}?{query}"));
            assert_error(&app.send(request).await, 400, "invalid_request");
        }
        let mut request = with_basic(form(path, &[("token", "x")]));
        request.set_target(&format!("{path}?trace=1"));
        assert_eq!(app.send(request).await.status, 200);
    }
}

#[tokio::test]
async fn only_post_will_do() {
    let (app, _) = with_alice().await;
    for path in BOTH {
        for method in ["GET", "HEAD", "PUT", "PATCH", "DELETE", "TRACE", "QUERY"] {
            let mut request = with_basic(form(path, &[("token", "x")]));
            request.set_method(method);
            let answer = app.send(request).await;
            assert_eq!(answer.status, 405, "{method}");
            assert_eq!(answer.header("allow"), Some("POST"), "{method}");
            if method != "HEAD" {
                assert_error(&answer, 405, "invalid_request");
            }
        }
    }
}

#[tokio::test]
async fn nothing_but_a_form_is_read_as_one() {
    let (app, _) = with_alice().await;
    let form_type = "application/x-www-form-urlencoded";
    for path in BOTH {
        let of = |media: &str| with_basic(post(path, "token=x")).replace("Content-Type", media);
        for media in [
            JSON,
            "text/plain",
            "multipart/form-data; boundary=x",
            "application/x-www-form-urlencoded; charset=utf-16",
            "application/x-www-form-urlencoded, text/plain",
            "application/x-www-form-urlencoded2",
            "",
        ] {
            assert_error(&app.send(of(media)).await, 415, "invalid_request");
        }
        let mut nameless = of("");
        nameless.remove("Content-Type");
        assert_error(&app.send(nameless).await, 415, "invalid_request");
        let twice = of(form_type).header("Content-Type", form_type);
        assert_error(&app.send(twice).await, 415, "invalid_request");
        let packed = of(form_type).header("Content-Encoding", "gzip");
        assert_error(&app.send(packed).await, 415, "invalid_request");
        for media in [
            "application/x-www-form-urlencoded",
            "application/x-www-form-urlencoded;charset=UTF-8",
            "Application/X-WWW-Form-URLEncoded; charset=\"utf-8\"",
        ] {
            assert_eq!(app.send(of(media)).await.status, 200, "{media}");
        }
    }
}

#[tokio::test]
async fn a_body_may_be_as_long_as_the_limit_and_no_longer() {
    let (app, _) = with_alice().await;
    let limit = app.config().http.body_limit_bytes;
    assert_eq!(limit, 64 * 1024);
    let of = |bytes: usize| format!("token={}", "x".repeat(bytes - "token=".len()));
    for path in BOTH {
        assert_eq!(
            app.send(with_basic(post(path, &of(limit)))).await.status,
            200
        );
        for bytes in [limit + 1, 300_000] {
            let answer = app.send(with_basic(post(path, &of(bytes)))).await;
            assert_error(&answer, 413, "invalid_request");
        }
        let chunk = |body: &str| format!("{:x}\r\n{body}\r\n0\r\n\r\n", body.len());
        let chunked = |bytes: usize| {
            let request = with_basic(post(path, &chunk(&of(bytes))));
            request.header("Transfer-Encoding", "chunked")
        };
        assert_eq!(app.send(chunked(limit)).await.status, 200);
        let answer = app.send(chunked(limit + 1)).await;
        assert_error(&answer, 413, "invalid_request");
    }
}

#[tokio::test]
async fn a_body_that_does_not_arrive_is_not_waited_for() {
    let app = TestApp::with(|config| {
        config.http.header_timeout_seconds = 1;
        config.applications = vec![SHOP.application()];
    })
    .await;
    for path in BOTH {
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\
             Content-Type: application/x-www-form-urlencoded\r\n\r\ntoken="
        );
        let mut connection = app.connect().await;
        let sent = connection.write_all(head.as_bytes()).await;
        sent.expect("it is open");
        let mut answer = [0; 12];
        let read = connection.read_exact(&mut answer);
        let read = tokio::time::timeout(Duration::from_secs(4), read).await;
        read.expect("it is cut in time").expect("an answer");
        assert_eq!(&answer, b"HTTP/1.1 408");
    }
}

#[tokio::test]
async fn a_page_of_an_origin_that_nobody_knows_may_not_ask() {
    let (app, _) = with_alice().await;
    for path in BOTH {
        let request = with_basic(form(path, &[("token", "x")]));
        let request = request
            .header("Origin", "https://evil.example")
            .header("Sec-Fetch-Site", "cross-site");
        assert_eq!(app.send(request).await.status, 403);
    }
}
