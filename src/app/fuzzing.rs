//! The program's readers of what others wrote, for who runs them on anything at all: the fuzz targets, which compile these
//! sources into a crate of their own, and the tests here, which run what is in the targets' corpora.

pub(crate) use super::cli::invariants::config;
pub(crate) use super::journal::invariants::journal;
pub(crate) use super::part_spec::invariants::form_language;

#[cfg(test)]
#[path = "../../tests/wire/seeds.rs"]
mod seeds;

#[cfg(test)]
mod tests {
    use super::seeds::replay;

    #[test]
    fn what_the_fuzzer_keeps_of_the_form_language_holds() {
        replay("form_language", super::form_language);
    }

    #[test]
    fn what_the_fuzzer_keeps_of_configs_holds() {
        replay("config", super::config);
    }

    #[test]
    fn what_the_fuzzer_keeps_of_journals_holds() {
        replay("journal", super::journal);
    }
}
