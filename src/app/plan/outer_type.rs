//! The type of a multipart body, and the boundary that the user chose with it.

use formpost::multipart::{Boundary, ContentType};
use formpost::send::Header;

use super::error::PlanError;
use super::given::{Given, header};

const FORM_DATA: &str = "multipart/form-data";

/// The type of the whole body: `multipart/form-data`, or another multipart that `-H` asked for.
#[derive(Debug, Clone)]
pub(super) struct OuterType {
    /// What goes in front of the boundary parameter.
    value: String,
    is_form_data: bool,
    boundary: Option<Boundary>,
    /// The boundary is in `value` already.
    has_parameter: bool,
}

impl OuterType {
    /// From what `-H` says, which is taken out of it, and the boundary that was chosen.
    ///
    /// # Errors
    /// If no multipart body can have that type.
    pub(super) fn settle(given: &mut Given, boundary: Option<Boundary>) -> Result<Self, PlanError> {
        match given.take("Content-Type") {
            Some(header) => Self::given(header.value(), boundary),
            None if given.is_removed("Content-Type") => Err(PlanError::usage(
                "-H Content-Type: a multipart body cannot do without it",
            )),
            None => Ok(Self::form_data(boundary)),
        }
    }

    fn form_data(boundary: Option<Boundary>) -> Self {
        Self {
            value: String::from(FORM_DATA),
            is_form_data: true,
            boundary,
            has_parameter: false,
        }
    }

    /// From a user's own Content-Type: another multipart type stands, and a boundary in it is taken over.
    fn given(value: &[u8], boundary: Option<Boundary>) -> Result<Self, PlanError> {
        let refuse = |reason: &str| PlanError::usage(format!("-H Content-Type: {reason}"));
        let value = std::str::from_utf8(value).map_err(|_| refuse("expected UTF-8"))?;
        let content_type = ContentType::parse(value).map_err(|error| refuse(&error.to_string()))?;
        if !content_type.is_multipart() {
            let reason = format!(
                "expected a multipart type, found {}",
                content_type.essence()
            );
            return Err(
                refuse(&reason).hint("the type of a part is -F 'name=@file;type=…' or --type")
            );
        }
        let theirs = content_type
            .boundary()
            .transpose()
            .map_err(|error| refuse(&error.to_string()))?;
        match (&theirs, &boundary) {
            (Some(one), Some(other)) if one != other => {
                return Err(refuse(&format!(
                    "its boundary is {one}, --boundary is {other}"
                )));
            }
            _ => {}
        }
        Ok(Self {
            value: value.trim_end_matches([' ', ';']).to_owned(),
            is_form_data: content_type.is_form_data(),
            has_parameter: theirs.is_some(),
            boundary: theirs.or(boundary),
        })
    }

    /// Whether its parts are form fields.
    pub(super) fn is_form_data(&self) -> bool {
        self.is_form_data
    }

    /// The boundary that the user chose.
    pub(super) fn boundary(&self) -> Option<Boundary> {
        self.boundary.clone()
    }

    /// The field's value without the boundary, if it is more than that of any form.
    pub(super) fn without_boundary(&self) -> Option<String> {
        let is_boundary = |parameter: &&str| {
            let name = parameter.trim_start().split('=').next();
            name.is_some_and(|name| name.eq_ignore_ascii_case("boundary"))
        };
        let kept = self.value.split(';').filter(|part| !is_boundary(part));
        let value = kept.collect::<Vec<_>>().join(";");
        (value != FORM_DATA).then_some(value)
    }

    /// The field.
    ///
    /// # Errors
    /// If it cannot be sent.
    pub(super) fn header(&self, boundary: &Boundary) -> Result<Header, PlanError> {
        let value = if self.has_parameter {
            self.value.clone()
        } else {
            format!("{}; boundary={}", self.value, boundary.parameter())
        };
        header("-H", "Content-Type", value)
    }
}
