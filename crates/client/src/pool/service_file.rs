//! The service file of libpq, `~/.pg_service.conf`: connection parameters under a name in brackets.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use super::{
    error::Error,
    parameters::{Parameter, Parameters, known_key},
};

/// The variable that names the service, in errors.
const VARIABLE: &str = "PGSERVICE";

/// The parameters of a service, from the first of the files that has it.
pub(super) fn read(service: &str, files: &[PathBuf]) -> Result<Parameters, Error> {
    for path in files {
        match fs::read_to_string(path) {
            Ok(text) => {
                if let Some(parameters) = find(&text, service, path)? {
                    return Ok(parameters);
                }
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(Error::invalid(VARIABLE, format!("cannot read {}: {error}", path.display()))),
        }
    }
    let names: Vec<String> = files.iter().map(|path| path.display().to_string()).collect();
    let searched =
        if names.is_empty() { "no service file is known: set PGSERVICEFILE".to_owned() } else { names.join(", ") };
    Err(Error::invalid(VARIABLE, format!("there is no service {service:?} ({searched})")))
}

/// The parameters under `[service]`. `None` if the text has no such section.
fn find(text: &str, service: &str, path: &Path) -> Result<Option<Parameters>, Error> {
    let lines = text.lines().map(str::trim).enumerate();
    let mut lines = lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
    let heading = format!("[{service}]");
    if !lines.any(|(_, line)| line == heading) {
        return Ok(None);
    }
    let mut parameters = Parameters::new();
    for (number, line) in lines.take_while(|(_, line)| !line.starts_with('[')) {
        let wrong = |problem: &str| {
            // Not the line itself, which may have a password.
            Error::invalid(VARIABLE, format!("line {} of {}: {problem}", number + 1, path.display()))
        };
        let Some((key, value)) = line.split_once('=') else {
            return Err(wrong("it must be key=value; LDAP is not supported"));
        };
        let key = known_key(key.trim()).map_err(|error| wrong(&error.to_string()))?;
        // The first one counts, as in libpq.
        parameters.entry(key).or_insert(Parameter::given(key, value.trim().to_owned()));
    }
    Ok(Some(parameters))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str =
        "# shared\n[orders]\nhost=db.internal\nport=6432\n\n dbname = orders\npassword=a=b\n[other]\nhost=x\n";

    fn text(service: &str) -> Result<Option<String>, Error> {
        let found = find(TEXT, service, Path::new("file"))?;
        Ok(found.map(|parameters| parameters.keys().copied().collect::<Vec<_>>().join(" ")))
    }

    #[test]
    fn a_service_has_the_lines_up_to_the_next_heading() {
        assert_eq!(text("orders").unwrap().as_deref(), Some("dbname host password port"));
        assert_eq!(text("other").unwrap().as_deref(), Some("host"));
        assert_eq!(text("orders]").unwrap(), None);
    }

    #[test]
    fn a_line_that_is_no_parameter_is_refused_without_showing_it() {
        for line in ["ldap://ldap.example/secret", "pasword=secret", "secret"] {
            let text = format!("[orders]\n{line}");
            let error = find(&text, "orders", Path::new("file")).err().unwrap().to_string();
            assert!(error.contains("line 2 of file") && !error.contains("secret"), "{error}");
        }
    }
}
