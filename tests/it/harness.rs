//! The harness does what its users rely on.

use sqlx::{Connection, PgConnection, Row, SqliteConnection};
use tests::backend::{Backend, Database};
use tests::on_both;
use tests::postgres::Cluster;

const A_TABLE: &str = "CREATE TABLE t (a BIGINT)";

on_both! {
    async fn a_fresh_database_is_empty_and_takes_a_table(db: Database) {
        match db.backend {
            Backend::Sqlite => {
                let url = format!("{}?mode=rwc", db.url);
                let mut connection = SqliteConnection::connect(&url).await.unwrap();
                let tables = "SELECT count(*) FROM sqlite_master";
                let count = sqlx::query_scalar::<_, i64>(tables).fetch_one(&mut connection).await;
                assert_eq!(count.unwrap(), 0);
                sqlx::query(A_TABLE).execute(&mut connection).await.unwrap();
            }
            Backend::Postgres => {
                let mut connection = PgConnection::connect(&db.url).await.unwrap();
                let tables = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'";
                let count = sqlx::query_scalar::<_, i64>(tables).fetch_one(&mut connection).await;
                assert_eq!(count.unwrap(), 0);
                sqlx::query(A_TABLE).execute(&mut connection).await.unwrap();
            }
        }
    }

    async fn two_fresh_databases_differ(db: Database) {
        assert_ne!(db.url, db.backend.fresh().await.url);
    }
}

/// A cluster that lost what it acknowledged, or could not be crashed, would make crash tests vain.
#[tokio::test]
async fn a_cluster_survives_a_crash_with_what_it_committed() {
    let mut cluster = Cluster::start();
    let mut before = PgConnection::connect(&cluster.url()).await.unwrap();
    let setting = sqlx::query("SHOW fsync").fetch_one(&mut before).await;
    assert_eq!(setting.unwrap().get::<String, _>(0), "on");
    for statement in [A_TABLE, "INSERT INTO t VALUES (42)"] {
        sqlx::query(statement).execute(&mut before).await.unwrap();
    }
    cluster.stop_immediately();
    let cut = sqlx::query("SELECT a FROM t").fetch_one(&mut before).await;
    assert!(cut.is_err());
    cluster.start_again();
    assert!(
        cluster.log().contains("not properly shut down"),
        "{}",
        cluster.log()
    );
    let mut after = PgConnection::connect(&cluster.url()).await.unwrap();
    let row = sqlx::query("SELECT a FROM t").fetch_one(&mut after).await;
    assert_eq!(row.unwrap().get::<i64, _>(0), 42);
}
