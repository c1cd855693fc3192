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

/// The keys that sign service records.
#[derive(clap::Args, Clone, Debug)]
pub struct RecordKeyFile {
    /// The keys that sign service records, made by `jifen record key`; the last signs, all are published at /.well-known/jwks.json. Or the same
    /// text in the environment variable JIFEN_RECORD_KEY. Without, no signed record is issued
    #[arg(long, env = "JIFEN_RECORD_KEY_FILE", value_name = "FILE")]
    pub record_key_file: Option<std::path::PathBuf>,
}

/// How people log in from outside.
#[derive(clap::Args, Clone, Debug)]
pub struct Outside {
    /// The address under which browsers reach this server, such as `https://points.example.cn`; needed for --oidc
    #[arg(long, env = "JIFEN_PUBLIC_URL", value_name = "URL")]
    pub public_url: Option<String>,
    /// The SMS gateway that codes are sent through: it is asked by POST, with a JSON body. Without it riders cannot log in by phone
    #[arg(
        long,
        env = "JIFEN_SMS_URL",
        hide_env_values = true,
        value_name = "URL"
    )]
    pub sms_url: Option<String>,
    /// The body: JSON, in whose texts {phone} (E.164), {text}, {purpose} and {code} are filled in
    #[arg(
        long,
        env = "JIFEN_SMS_BODY",
        default_value = r#"{"phone": "{phone}", "text": "{text}"}"#,
        value_name = "JSON"
    )]
    pub sms_body: String,
    /// What {text} says; {program}, {purpose} (登录, 报到 or 更换手机号) and {code} are filled in
    #[arg(
        long,
        env = "JIFEN_SMS_TEXT",
        default_value = "【{program}】{purpose}验证码 {code}，5 分钟内有效。请勿告诉他人。",
        value_name = "TEXT"
    )]
    pub sms_text: String,
    /// Headers that the gateway asks for, `Name: value` each on a line, secrets too; or the same text in the environment variable
    /// JIFEN_SMS_HEADERS
    #[arg(long, env = "JIFEN_SMS_HEADERS_FILE", value_name = "FILE")]
    pub sms_headers_file: Option<std::path::PathBuf>,
    /// How long the gateway may take, in seconds
    #[arg(
        long,
        env = "JIFEN_SMS_TIMEOUT",
        default_value_t = 10,
        value_name = "SECONDS"
    )]
    pub sms_timeout: u64,
    /// The providers of identities (OpenID Connect) that people log in through, in TOML; README.md says how
    #[arg(long, env = "JIFEN_OIDC", value_name = "FILE")]
    pub oidc: Option<std::path::PathBuf>,
    /// Networks that may be told of events (webhooks) although they are not public, such as `10.1.0.0/16`; several with commas between. By address
    /// they are told without TLS too
    #[arg(
        long,
        env = "JIFEN_WEBHOOK_NETWORKS",
        value_delimiter = ',',
        value_name = "NETWORK"
    )]
    pub webhook_networks: Vec<ipnet::IpNet>,
}
