//! What an expression may cost before it is parsed: a hostile text gets an error, never an overflow.

use super::Diagnostic;

/// Longest expression, in bytes.
pub(crate) const LENGTH: usize = 2_000;
/// Deepest nesting of brackets.
pub(crate) const NESTING: usize = 32;
/// Longest chain of operators, members and indexes without `&&`, `||` or a comma in between.
pub(crate) const CHAIN: usize = 64;
/// Deepest syntax tree.
pub(crate) const DEPTH: usize = 128;
/// Deepest nesting of `exists`, `all`, `exists_one`, `map` and `filter`.
pub(crate) const LOOPS: usize = 4;
/// Elements that one evaluation may visit.
pub(crate) const STEPS: u32 = 1_000_000;
/// Elements that constant folding may visit.
pub(crate) const FOLDING_STEPS: u32 = 10_000;
/// Size of one compiled regular expression, in bytes.
pub(crate) const PATTERN: usize = 1 << 18;

fn too_much(what: &str, most: usize, at: usize) -> Diagnostic {
    Diagnostic {
        message: format!("{what}; {most} is the limit"),
        span: at..at + 1,
        help: Some("split the rule, or move the list into `params`".to_owned()),
    }
}

/// Checks length, nesting and chains without recursion.
pub(crate) fn check(source: &str) -> Result<(), Diagnostic> {
    if source.len() > LENGTH {
        return Err(too_much(
            &format!("the expression has {} bytes", source.len()),
            LENGTH,
            0,
        ));
    }
    let bytes = source.as_bytes();
    let mut chains: Vec<usize> = vec![0];
    let mut at = 0;
    while let Some(byte) = bytes.get(at).copied() {
        match byte {
            b'\'' | b'"' => {
                at = string_end(bytes, at)?;
                continue;
            }
            b'/' if bytes.get(at + 1) == Some(&b'/') => {
                while bytes.get(at).is_some_and(|byte| *byte != b'\n') {
                    at += 1;
                }
                continue;
            }
            b'(' | b'[' | b'{' => {
                link(&mut chains, at)?;
                chains.push(0);
                if chains.len() > NESTING + 1 {
                    return Err(too_much("brackets nest too deeply", NESTING, at));
                }
            }
            b')' | b']' | b'}' if chains.len() > 1 => {
                chains.pop();
            }
            b',' => reset(&mut chains),
            b'&' | b'|' if bytes.get(at + 1) == Some(&byte) => {
                reset(&mut chains);
                at += 1;
            }
            b'+' | b'*' | b'/' | b'%' | b'.' | b'<' | b'>' | b'=' | b'?' => link(&mut chains, at)?,
            // Part of a number, a sign or an operator: signs in a row cost nothing.
            b'-' if at == 0 || bytes.get(at - 1) != Some(&b'-') => link(&mut chains, at)?,
            b'i' if is_word_in(bytes, at) => link(&mut chains, at)?,
            _ => {}
        }
        at += 1;
    }
    Ok(())
}

fn link(chains: &mut [usize], at: usize) -> Result<(), Diagnostic> {
    if let Some(chain) = chains.last_mut() {
        *chain += 1;
        if *chain > CHAIN {
            return Err(too_much(
                "too many operators and members in one chain",
                CHAIN,
                at,
            ));
        }
    }
    Ok(())
}

fn reset(chains: &mut [usize]) {
    if let Some(chain) = chains.last_mut() {
        *chain = 0;
    }
}

fn is_name(byte: Option<&u8>) -> bool {
    byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
}

fn is_word_in(bytes: &[u8], at: usize) -> bool {
    bytes.get(at + 1) == Some(&b'n')
        && !is_name(bytes.get(at + 2))
        && (at == 0 || !is_name(bytes.get(at - 1)))
}

/// The place after the text that begins at `start`. Nothing unclosed or wrongly escaped gets to the
/// parser, which would go on inside of it.
pub(crate) fn string_end(bytes: &[u8], start: usize) -> Result<usize, Diagnostic> {
    let quote = bytes.get(start).copied().unwrap_or(b'\'');
    let triple = bytes.get(start + 1) == Some(&quote) && bytes.get(start + 2) == Some(&quote);
    let raw = start > 0
        && matches!(bytes.get(start - 1), Some(b'r' | b'R'))
        && (start == 1 || !is_name(bytes.get(start - 2)));
    let width = if triple { 3 } else { 1 };
    let mut at = start + width;
    loop {
        match bytes.get(at) {
            None | Some(b'\n' | b'\r') if !triple || at >= bytes.len() => {
                return Err(Diagnostic {
                    message: "this text is not closed".to_owned(),
                    span: start..start + width,
                    help: Some(format!(
                        "end it with {}",
                        if quote == b'"' { "\"" } else { "'" }
                    )),
                });
            }
            Some(b'\\') if !raw => {
                let escape = bytes.get(at + 1).copied().unwrap_or(b' ');
                if !br#"abfnrtv"'`\?xXuU0123"#.contains(&escape) {
                    return Err(Diagnostic {
                        message: "this escape is not known".to_owned(),
                        span: at..at + 1,
                        help: Some(r"write `\\` for a backslash, or r'…' for raw text".to_owned()),
                    });
                }
                at += 2;
            }
            Some(byte) if *byte == quote => {
                let closes = !triple
                    || (bytes.get(at + 1) == Some(&quote) && bytes.get(at + 2) == Some(&quote));
                at += if closes { width } else { 1 };
                if closes {
                    return Ok(at);
                }
            }
            _ => at += 1,
        }
    }
}
