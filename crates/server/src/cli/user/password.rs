//! A password from standard input: on the command line it would be in the shell's history and in
//! every process list.

use std::io::{self, BufRead};

use podarmor_domain::access::NewPassword;
use zeroize::Zeroizing;

use crate::cli::Failure;

/// Reads the password, if the command line says that it is there to be read.
pub(super) fn read(password_stdin: bool) -> Result<NewPassword, Failure> {
    if !password_stdin {
        return Err(Failure::Usage("the password is read from standard input: add --password-stdin"));
    }
    Ok(NewPassword::parse("password", &read_line(io::stdin().lock())?)?)
}

/// The longest line that is read: more than any password has.
const LONGEST_LINE: u64 = 4096;

/// One line without its line end.
fn read_line(input: impl BufRead) -> Result<Zeroizing<String>, Failure> {
    let mut line = Zeroizing::new(Vec::with_capacity(usize::try_from(LONGEST_LINE).unwrap_or(0) + 1));
    input.take(LONGEST_LINE).read_until(b'\n', &mut line)?;
    if line.last() == Some(&b'\n') {
        line.pop();
        if line.last() == Some(&b'\r') {
            line.pop();
        }
    }
    match std::str::from_utf8(&line) {
        Ok("") => Err(Failure::Usage("standard input holds no password")),
        Ok(text) => Ok(Zeroizing::new(text.to_owned())),
        Err(_) => Err(Failure::Usage("the password on standard input is not UTF-8")),
    }
}

#[cfg(test)]
mod tests {
    use super::read_line;

    #[test]
    fn a_password_is_one_line_without_its_line_end() {
        for input in ["correct horse\n", "correct horse\r\n", "correct horse", "correct horse\nsecond\n"] {
            assert_eq!(*read_line(input.as_bytes()).unwrap(), "correct horse", "{input:?}");
        }
        assert_eq!(*read_line(" spaces stay \n".as_bytes()).unwrap(), " spaces stay ");
        assert_eq!(*read_line("only a \r stays\r\r\n".as_bytes()).unwrap(), "only a \r stays\r");
        for input in [&b""[..], b"\n", b"\r\n", b"\xff\xfe\n"] {
            assert!(read_line(input).is_err(), "{input:?}");
        }
    }
}
