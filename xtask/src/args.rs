//! The few words that can follow a command. Whatever is not understood is an error, never ignored.

use std::str::FromStr;

use anyhow::{Result, bail};

/// The words after the command's name. Each command takes what it knows and then calls [`Args::finish`].
#[derive(Debug)]
pub(crate) struct Args {
    words: Vec<String>,
}

impl Args {
    pub(crate) fn new(words: Vec<String>) -> Self {
        Self { words }
    }

    pub(crate) fn wants_help(&self) -> bool {
        self.words.iter().any(|word| word == "--help" || word == "-h")
    }

    /// Whether `name` was given; it is taken out.
    pub(crate) fn flag(&mut self, name: &str) -> bool {
        let before = self.words.len();
        self.words.retain(|word| word != name);
        self.words.len() != before
    }

    /// The value of `--name VALUE` or `--name=VALUE`; it is taken out.
    pub(crate) fn value<T: FromStr>(&mut self, name: &str) -> Result<Option<T>> {
        let prefix = format!("{name}=");
        let Some(at) = self.words.iter().position(|word| word == name || word.starts_with(&prefix)) else {
            return Ok(None);
        };
        let word = self.words.remove(at);
        let text = match word.strip_prefix(&prefix) {
            Some(value) => value.to_owned(),
            None if at < self.words.len() => self.words.remove(at),
            None => bail!("{name} needs a value"),
        };
        match text.parse() {
            Ok(value) => Ok(Some(value)),
            Err(_) => bail!("`{text}` is not a value that {name} takes"),
        }
    }

    /// The first word that is no option; it is taken out. Ask for it after the options, whose values are words too.
    pub(crate) fn word(&mut self) -> Option<String> {
        let at = self.words.iter().position(|word| !word.starts_with('-'))?;
        Some(self.words.remove(at))
    }

    /// Everything that no one took, for another program.
    pub(crate) fn rest(self) -> Vec<String> {
        self.words
    }

    /// Refuses whatever no one took.
    pub(crate) fn finish(self) -> Result<()> {
        match self.words.first() {
            None => Ok(()),
            Some(word) => bail!("`{word}` was not expected here; --help lists what is"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args(text: &str) -> Args {
        Args::new(text.split_whitespace().map(str::to_owned).collect())
    }

    #[test]
    fn a_value_is_read_in_both_spellings() {
        assert_eq!(args("--port 9000").value::<u16>("--port").unwrap(), Some(9000));
        assert_eq!(args("--port=9000").value::<u16>("--port").unwrap(), Some(9000));
        assert_eq!(args("").value::<u16>("--port").unwrap(), None);
    }

    #[test]
    fn a_value_that_is_absent_or_wrong_is_an_error() {
        assert!(args("--port").value::<u16>("--port").is_err());
        assert!(args("--port x").value::<u16>("--port").is_err());
        assert!(args("--port 70000").value::<u16>("--port").is_err());
    }

    #[test]
    fn a_word_is_what_no_option_took() {
        let mut words = args("--seconds 5 jarm");
        assert_eq!(words.value::<u32>("--seconds").unwrap(), Some(5));
        assert_eq!(words.word().as_deref(), Some("jarm"));
        assert_eq!(words.word(), None);
        assert_eq!(args("--release").word(), None);
    }

    #[test]
    fn what_nobody_took_is_an_error() {
        let mut words = args("--release --prot 9000");
        assert!(words.flag("--release"));
        assert!(words.finish().unwrap_err().to_string().contains("--prot"));
    }
}
