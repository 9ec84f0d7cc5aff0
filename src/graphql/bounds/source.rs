//! What a query's text may hold, counted before any parser sees it.
//!
//! The parser of `async-graphql` recurses with each bracket, and a few kilobytes of brackets
//! overflow its stack and take the process with them. So the text is walked once here, without
//! recursion or allocation, by the lexical rules of the parser (GraphQL, section 2.1): wherever
//! the two could disagree, this side counts more or refuses.

use super::Exceeded;

/// Bytes in a query's text. A client's operation takes one or two kilobytes, but GraphiQL sends a
/// whole tab with its comments. The parser's time and memory grow with it.
pub const MAX_SOURCE_BYTES: usize = 16 * 1024;

/// Names, punctuators, numbers and strings in a query's text. The introspection query has 187. A
/// text of this many parses within three milliseconds, and they bound what validation can find
/// wrong.
pub const MAX_TOKENS: usize = 2_000;

/// Brackets of any kind open at once. The introspection query needs 10. The parser takes up to
/// 1.7 KiB of stack for each in a release build and 6.6 KiB in an unoptimised one: at this depth
/// 55 and 211 KiB, of a thread's 2 MiB.
pub const MAX_NESTING: usize = 32;

/// Bytes in one name. The schema's longest has about thirty. Error messages repeat names, so that
/// a long one multiplies.
pub const MAX_NAME_BYTES: usize = 128;

/// Places in a query's text that name a variable: its definition and each use. Validation copies
/// the variable's value into each place of use, and may hold all the copies at once.
pub const MAX_VARIABLE_MENTIONS: usize = 200;

/// Words that the parser takes for a token of their own even where a longer name goes on behind
/// them: it reads `nullnull` in a list as two values. Splitting them everywhere counts a token
/// too many at worst.
const WORDS: [&[u8]; 7] = [
    b"true",
    b"false",
    b"null",
    b"query",
    b"mutation",
    b"subscription",
    b"fragment",
];

const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();
const BLOCK_QUOTE: &[u8] = b"\"\"\"";
const ESCAPED_BLOCK_QUOTE: &[u8] = b"\\\"\"\"";

/// Refuses a text that could cost the parser more than a client's query ever does. A text that
/// isn't GraphQL may pass: the parser says so, and never reads past the place where this walk
/// stopped.
pub fn check_source(query: &str) -> Result<(), Exceeded> {
    measure(query).map(|_| ())
}

/// What a text holds, up to its end or to the first place that no GraphQL parser gets past.
#[derive(Debug, Default, PartialEq, Eq)]
struct Measured {
    tokens: usize,
    nesting: usize,
}

fn measure(query: &str) -> Result<Measured, Exceeded> {
    if query.len() > MAX_SOURCE_BYTES {
        return Err(Exceeded::SourceBytes);
    }
    let mut lexer = Lexer {
        bytes: query.as_bytes(),
        at: 0,
    };
    let mut measured = Measured::default();
    let mut open = 0_usize;
    let mut variables = 0_usize;
    loop {
        match lexer.next_token()? {
            Token::Open => open += 1,
            // A bracket too many, or of the wrong kind, ends the parser: no need to tell the
            // kinds apart.
            Token::Close => open = open.saturating_sub(1),
            Token::Dollar => variables += 1,
            Token::Plain => {}
            Token::Stop => return Ok(measured),
        }
        measured.tokens += 1;
        measured.nesting = measured.nesting.max(open);
        if measured.tokens > MAX_TOKENS {
            return Err(Exceeded::Tokens);
        }
        if open > MAX_NESTING {
            return Err(Exceeded::Nesting);
        }
        if variables > MAX_VARIABLE_MENTIONS {
            return Err(Exceeded::VariableMentions);
        }
    }
}

enum Token {
    Open,
    Close,
    Dollar,
    Plain,
    /// The end, or something that no rule of the grammar can go on from.
    Stop,
}

struct Lexer<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Lexer<'_> {
    fn next_token(&mut self) -> Result<Token, Exceeded> {
        self.skip_ignored();
        let Some(byte) = self.peek(0) else {
            return Ok(Token::Stop);
        };
        match byte {
            b'{' | b'[' | b'(' => Ok(self.take(1, Token::Open)),
            b'}' | b']' | b')' => Ok(self.take(1, Token::Close)),
            b'$' => Ok(self.take(1, Token::Dollar)),
            b'!' | b'&' | b':' | b'=' | b'@' | b'|' => Ok(self.take(1, Token::Plain)),
            b'.' if self.rest().starts_with(b"...") => Ok(self.take(3, Token::Plain)),
            b'"' if self.rest().starts_with(BLOCK_QUOTE) => self.block_string(),
            b'"' => Ok(self.string()),
            b'-' | b'0'..=b'9' => Ok(self.number()),
            byte if is_name_byte(byte) => self.name(),
            _ => Ok(Token::Stop),
        }
    }

    /// White space, commas, byte order marks and comments.
    fn skip_ignored(&mut self) {
        while let Some(byte) = self.peek(0) {
            match byte {
                b' ' | b'\t' | b'\n' | b'\r' | b',' => self.at += 1,
                b'#' => self.skip_while(|byte| !is_line_end(byte)),
                _ if self.rest().starts_with(BYTE_ORDER_MARK) => self.at += BYTE_ORDER_MARK.len(),
                _ => return,
            }
        }
    }

    /// One that doesn't end is refused, not left to the parser: that goes back, reads `""` and a
    /// further string instead, which is another text than was counted, and takes quadratic time
    /// over many of them (340 milliseconds for 16 KiB).
    fn block_string(&mut self) -> Result<Token, Exceeded> {
        self.at += BLOCK_QUOTE.len();
        while self.at < self.bytes.len() {
            if self.rest().starts_with(BLOCK_QUOTE) {
                return Ok(self.take(BLOCK_QUOTE.len(), Token::Plain));
            }
            if self.rest().starts_with(ESCAPED_BLOCK_QUOTE) {
                self.at += ESCAPED_BLOCK_QUOTE.len();
            } else {
                self.at += 1;
            }
        }
        Err(Exceeded::UnterminatedBlockString)
    }

    fn string(&mut self) -> Token {
        self.at += 1;
        while let Some(byte) = self.peek(0) {
            match byte {
                b'"' => return self.take(1, Token::Plain),
                b'\\' if self.peek(1).is_some_and(|next| !is_line_end(next)) => self.at += 2,
                b'\\' | b'\n' | b'\r' => return Token::Stop,
                _ => self.at += 1,
            }
        }
        Token::Stop
    }

    /// Ends where the parser's number ends: `007` is three of them.
    fn number(&mut self) -> Token {
        if self.peek(0) == Some(b'-') {
            self.at += 1;
        }
        match self.peek(0) {
            Some(b'0') => self.at += 1,
            Some(b'1'..=b'9') => self.skip_digits(),
            _ => return Token::Stop,
        }
        if self.peek(0) == Some(b'.') && self.is_digit(1) {
            self.at += 1;
            self.skip_digits();
        }
        if matches!(self.peek(0), Some(b'e' | b'E')) {
            let sign = usize::from(matches!(self.peek(1), Some(b'+' | b'-')));
            if self.is_digit(1 + sign) {
                self.at += 1 + sign;
                self.skip_digits();
            }
        }
        Token::Plain
    }

    fn name(&mut self) -> Result<Token, Exceeded> {
        let start = self.at;
        let word = WORDS.iter().find(|word| self.rest().starts_with(word));
        self.skip_while(is_name_byte);
        if self.at - start > MAX_NAME_BYTES {
            return Err(Exceeded::NameBytes);
        }
        if let Some(word) = word {
            self.at = start + word.len();
        }
        Ok(Token::Plain)
    }

    fn rest(&self) -> &[u8] {
        &self.bytes[self.at..]
    }

    fn peek(&self, ahead: usize) -> Option<u8> {
        self.bytes.get(self.at + ahead).copied()
    }

    fn is_digit(&self, ahead: usize) -> bool {
        self.peek(ahead).is_some_and(|byte| byte.is_ascii_digit())
    }

    fn take(&mut self, length: usize, token: Token) -> Token {
        self.at += length;
        token
    }

    fn skip_digits(&mut self) {
        self.skip_while(|byte| byte.is_ascii_digit());
    }

    fn skip_while(&mut self, wanted: impl Fn(u8) -> bool) {
        while self.peek(0).is_some_and(&wanted) {
            self.at += 1;
        }
    }
}

fn is_name_byte(byte: u8) -> bool {
    byte == b'_' || byte.is_ascii_alphanumeric()
}

fn is_line_end(byte: u8) -> bool {
    byte == b'\n' || byte == b'\r'
}

#[cfg(test)]
mod agreement;
#[cfg(test)]
mod tests;
