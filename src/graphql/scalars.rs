//! Scalars that other standards own.

use async_graphql::{InputValueError, InputValueResult, Scalar, ScalarType, Value};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

#[derive(Clone, Copy, Debug)]
pub(super) struct DateTime(pub OffsetDateTime);

#[derive(Clone, Copy, Debug)]
pub(super) struct Uuid(pub uuid::Uuid);

#[derive(Clone, Debug)]
pub(super) struct EmailAddress(pub String);

#[derive(Clone, Debug)]
pub(super) struct Url(pub String);

/// RFC 3339 timestamp in UTC, e.g. `2026-11-22T00:45:00Z`.
#[Scalar(specified_by_url = "https://scalars.graphql.org/andimarek/date-time")]
impl ScalarType for DateTime {
    fn parse(value: Value) -> InputValueResult<Self> {
        let text = text(value)?;
        let time = OffsetDateTime::parse(&text, &Rfc3339);
        Ok(Self(time.map_err(|_| {
            InputValueError::custom("this is no RFC 3339 timestamp")
        })?))
    }

    fn to_value(&self) -> Value {
        let text = self.0.to_offset(time::UtcOffset::UTC).format(&Rfc3339);
        Value::String(text.expect("our times lie in years of four digits"))
    }
}

/// RFC 9562 UUID in lower-case hyphenated form.
#[Scalar(
    name = "UUID",
    specified_by_url = "https://datatracker.ietf.org/doc/html/rfc9562"
)]
impl ScalarType for Uuid {
    fn parse(value: Value) -> InputValueResult<Self> {
        let uuid = uuid::Uuid::parse_str(&text(value)?);
        Ok(Self(
            uuid.map_err(|_| InputValueError::custom("this is no UUID"))?,
        ))
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.hyphenated().to_string())
    }
}

/// E-mail address (addr-spec of RFC 5322). Compared case-insensitively, stored as typed.
#[Scalar(specified_by_url = "https://datatracker.ietf.org/doc/html/rfc5322#section-3.4.1")]
impl ScalarType for EmailAddress {
    /// Takes any text: a mistyped address is for the person to mend, so it becomes a `UserError`.
    fn parse(value: Value) -> InputValueResult<Self> {
        Ok(Self(text(value)?))
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.clone())
    }
}

/// Absolute URL.
#[Scalar(name = "URL", specified_by_url = "https://url.spec.whatwg.org/")]
impl ScalarType for Url {
    fn parse(value: Value) -> InputValueResult<Self> {
        Ok(Self(text(value)?))
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.clone())
    }
}

fn text<T: async_graphql::InputType>(value: Value) -> Result<String, InputValueError<T>> {
    match value {
        Value::String(text) => Ok(text),
        other => Err(InputValueError::expected_type(other)),
    }
}
