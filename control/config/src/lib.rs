//! The schema of the one TOML file, and what makes it valid
