//! Configuration shared by several commands: flags, each with an environment variable and a default shown by `--help`.

/// Which database.
#[derive(clap::Args, Clone, Debug)]
pub struct Database {
    /// Where the ledger is: `sqlite:FILE` or `postgres://user:password@host/database`
    #[arg(
        long,
        env = "JIFEN_DATABASE_URL",
        hide_env_values = true,
        default_value = Self::DEFAULT_URL,
        value_name = "URL"
    )]
    pub database_url: String,
    /// How many connections read; one more writes
    #[arg(long, env = "JIFEN_READERS", default_value_t = 4, value_name = "N")]
    pub readers: u32,
}

impl Database {
    /// Where the ledger is unless said otherwise.
    pub const DEFAULT_URL: &'static str = "sqlite:jifen.sqlite";
}

/// Which programme, for commands that are about one.
#[derive(clap::Args, Clone, Debug)]
pub struct Program {
    /// The programme's code, such as `yuhong`; needed when the database holds several
    #[arg(long, env = "JIFEN_PROGRAM", value_name = "CODE")]
    pub program: Option<String>,
}

/// The keys of what is held about people.
#[derive(clap::Args, Clone, Debug)]
pub struct MasterKeys {
    /// The master keys that seal what is held about people, made by `jifen personal key`; or the same text in the environment variable
    /// JIFEN_MASTER_KEY. Without, nothing personal is kept or read, and members' names stay as they are given
    #[arg(long, env = "JIFEN_MASTER_KEY_FILE", value_name = "FILE")]
    pub master_key_file: Option<std::path::PathBuf>,
}
