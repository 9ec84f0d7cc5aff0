//! The audit log's table: rows are added to it, and none is changed or deleted but on purpose.

use cardea_entity::audit_events::{Entity, Model};
use sea_orm::{ConnectionTrait as _, DatabaseBackend, DatabaseConnection, EntityTrait as _};

use crate::app::TestApp;

const OPERATING: &str = include_str!("../../docs/operating.md");

async fn events(database: &DatabaseConnection) -> Vec<Model> {
    let events = Entity::find().all(database).await;
    events.expect("the table is there")
}

async fn assert_append_only(database: &DatabaseConnection) {
    let before = events(database).await;
    let mut statements = vec![
        "UPDATE audit_events SET outcome = 'SUCCESS'",
        "UPDATE audit_events SET actor_id = NULL WHERE actor_id IS NOT NULL",
        "DELETE FROM audit_events",
        "DELETE FROM audit_events WHERE id = (SELECT MIN(id::text) FROM audit_events)::uuid",
    ];
    match database.get_database_backend() {
        DatabaseBackend::Sqlite => {
            statements[3] =
                "DELETE FROM audit_events WHERE id = (SELECT MIN(id) FROM audit_events)";
        }
        _ => statements.push("TRUNCATE audit_events"),
    }
    for statement in statements {
        let refused = database.execute_unprepared(statement).await;
        let error = refused.expect_err(statement).to_string();
        assert!(error.contains("append-only"), "{statement}: {error}");
    }
    assert_eq!(events(database).await, before);
}

#[tokio::test]
async fn no_row_is_changed_or_deleted() {
    let (app, alice) = TestApp::with_user("alice").await;
    let database = app.database().await;
    alice.log_in(&app).await.end(&app).await;
    assert_append_only(&database).await;
    // Nor does it hinder what adds to it.
    let told = events(&database).await.len();
    alice.log_in(&app).await.assert_live(&app).await;
    assert_eq!(events(&database).await.len(), told + 1);
}

#[tokio::test]
async fn old_rows_are_dropped_as_the_page_for_operators_tells() {
    let (app, alice) = TestApp::with_user("alice").await;
    let database = app.database().await;
    alice.log_in(&app).await;
    let name = match database.get_database_backend() {
        DatabaseBackend::Sqlite => "SQLite",
        _ => "PostgreSQL",
    };
    let begin = format!("```sql\n-- {name}");
    let (_, block) = OPERATING.split_once(&begin).expect("a block of SQL");
    let (block, _) = block.split_once("```").expect("its end");
    let (_, statements) = block.split_once('\n').expect("the statements");
    let nothing_is_as_old = database.execute_unprepared(statements).await;
    nothing_is_as_old.expect("they work");
    let told = events(&database).await.len();
    assert!(told > 0);
    let all = statements.replace("'2026-01-01'", "'2999-01-01'");
    assert_ne!(all, statements);
    database.execute_unprepared(&all).await.expect("they work");
    assert_eq!(events(&database).await, []);
    alice.log_in(&app).await;
    assert_append_only(&database).await;
}
