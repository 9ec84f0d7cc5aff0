//! The keys of the standards' own examples, and of each algorithm a new one.

use super::*;

/// What stands before a seed of Ed25519 (RFC 8410, section 7).
const ED25519: [u8; 16] = [
    0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
];

/// What stands before a secret number of P-256 (RFC 5915, section 3, in RFC 5958).
const P256: [u8; 35] = [
    0x30, 0x41, 0x02, 0x01, 0x00, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01,
    0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x04, 0x27, 0x30, 0x25, 0x02, 0x01,
    0x01, 0x04, 0x20,
];

fn example(prefix: &[u8], private: &str) -> Vec<u8> {
    let private = URL_SAFE_NO_PAD.decode(private).unwrap();
    [prefix, &private].concat()
}

fn claims() -> Claims {
    Claims {
        iss: "https://login.example.com".to_owned(),
        aud: "cardea".to_owned(),
        sub: "somebody".to_owned(),
        sid: "a session".to_owned(),
        jti: "a token".to_owned(),
        iat: 1,
        exp: 2,
        nbf: None,
        auth_time: 1,
        amr: vec!["pwd".to_owned()],
        client_id: "default".to_owned(),
        scope: None,
        rev: 3,
    }
}

#[test]
fn the_ed25519_key_of_rfc_8037_is_shown_named_and_signs_as_printed_there() {
    let private = example(&ED25519, "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A");
    let key = SigningKey::open(Algorithm::EdDsa, &private).unwrap();
    let kid = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k";
    let expected = json!({
        "kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": kid,
        "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
    });
    assert_eq!(serde_json::to_value(key.jwk()).unwrap(), expected);
    let signature = key
        .pair
        .sign(b"eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc");
    assert_eq!(
        URL_SAFE_NO_PAD.encode(signature),
        "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"
    );
}

#[test]
fn the_p256_key_of_rfc_7515_is_shown_as_printed_there() {
    let private = example(&P256, "jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI");
    let key = SigningKey::open(Algorithm::Es256, &private).unwrap();
    let expected = json!({
        "kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig", "kid": key.kid(),
        "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
        "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
    });
    assert_eq!(serde_json::to_value(key.jwk()).unwrap(), expected);
}

#[test]
fn a_key_of_each_algorithm_verifies_what_it_signed_and_nothing_else() {
    let private = Algorithm::ALL.map(SigningKey::generate);
    for (algorithm, private) in Algorithm::ALL.into_iter().zip(&private) {
        let key = SigningKey::open(algorithm, private).unwrap();
        assert_eq!(key.algorithm(), algorithm);
        assert_eq!(id_of(key.kid()), Some(key.id()));
        let token = key.sign(&claims());
        assert_eq!(key.verify::<Claims>(&token), Ok(claims()));
        let header = jsonwebtoken::decode_header(token.expose()).unwrap();
        assert_eq!(header.typ.as_deref(), Some("at+jwt"));
        assert_eq!(header.kid.as_deref(), Some(key.kid()));
        assert_eq!(format!("{:?}", header.alg), algorithm.as_str());

        let (unsigned, signature) = token.expose().rsplit_once('.').unwrap();
        let mut bytes = URL_SAFE_NO_PAD.decode(signature).unwrap();
        let length = if algorithm == Algorithm::Rs256 {
            384
        } else {
            64
        };
        assert_eq!(bytes.len(), length);
        bytes[length / 2] ^= 1;
        for signature in [URL_SAFE_NO_PAD.encode(bytes), String::new()] {
            let forged = AccessToken::new(format!("{unsigned}.{signature}"));
            assert_eq!(key.verify::<Claims>(&forged), Err(Unverified));
        }
        for other in Algorithm::ALL
            .into_iter()
            .filter(|&other| other != algorithm)
        {
            assert!(SigningKey::open(other, private).is_err(), "{other:?}");
        }
    }
}

#[test]
fn an_rsa_key_is_shown_without_leading_zeros() {
    let private = SigningKey::generate(Algorithm::Rs256);
    let key = SigningKey::open(Algorithm::Rs256, &private).unwrap();
    let jwk = serde_json::to_value(key.jwk()).unwrap();
    let names: Vec<_> = jwk.as_object().unwrap().keys().collect();
    assert_eq!(names, ["alg", "e", "kid", "kty", "n", "use"]);
    assert_eq!(jwk["e"], "AQAB");
    let modulus = URL_SAFE_NO_PAD.decode(jwk["n"].as_str().unwrap()).unwrap();
    assert_eq!((modulus.len(), modulus[0] & 0x80), (384, 0x80));
}

#[test]
fn what_is_no_thumbprint_names_no_key() {
    let kid = URL_SAFE_NO_PAD.encode([7; 32]);
    assert_eq!(id_of(&kid), Some(KeyId([7; 32])));
    for text in [
        "",
        "unknown",
        &kid[1..],
        &format!("{kid}="),
        &format!("{kid}A"),
    ] {
        assert_eq!(id_of(text), None, "{text}");
    }
}
