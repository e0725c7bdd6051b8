//! The pool of connections.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use metrics::{Counter, Gauge, Histogram, Label};
use secrecy::ExposeSecret as _;
use sqlx::{
    ConnectOptions as _, Connection as _, FromRow, Pool,
    migrate::Migrator,
    pool::{PoolConnection, PoolOptions},
    query::QueryAs,
};
use tokio::time::timeout;

use super::{
    Backend, ConnectOptions, Error, StartError, Statement, backend,
    observe::{Observation, Observer},
    statement::{Arguments, Row},
};
use crate::{
    config::DatabaseConfig,
    telemetry::{
        metrics::{
            Active, Metrics, count,
            db::{
                CONNECTION_COUNT, CONNECTION_IDLE_MIN, CONNECTION_MAX, CONNECTION_PENDING_REQUESTS,
                CONNECTION_TIMEOUTS, CONNECTION_USE_TIME, CONNECTION_WAIT_TIME,
            },
        },
        sampling::Sampling,
    },
};

static PING: Statement = Statement { operation: "SELECT", collection: None, text: backend::PING };

/// How much later than the service the server gives a statement up.
pub(super) const GRACE: Duration = Duration::from_secs(1);

/// The database of the service, shared by all who need it.
#[derive(Clone, Debug)]
pub struct Database(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    pool: Pool<Backend>,
    observer: Observer,
    query_timeout: Duration,
    /// How long a statement that was given up may go on: after that, nobody can say whether it does.
    close_timeout: Duration,
    waiting: Gauge,
    wait_time: Histogram,
    use_time: Histogram,
    timeouts: Counter,
}

impl Database {
    /// Opens the pool and, unless that is switched off, brings the schema up to date.
    ///
    /// `statements` are those whose metrics exist from the first scrape, beside those of the ping.
    pub async fn connect(
        config: &DatabaseConfig,
        sampling: &Sampling,
        metrics: &Metrics,
        statements: &[&'static Statement],
    ) -> Result<Self, StartError> {
        let options = connect_options(config)?;
        if let Some(weakness) = backend::weakness(config.url.expose_secret()) {
            tracing::warn!(hint = backend::HINT, "{weakness}");
        }
        let target = backend::target(&options);
        if config.migrate {
            migrate(&options, config).await?;
        }
        let pool = PoolOptions::<Backend>::new()
            .max_connections(config.max_connections)
            .min_connections(config.min_connections)
            .acquire_timeout(config.acquire_timeout)
            .connect_with(backend::pooled(options, config))
            .await
            .map_err(StartError::Unreachable)?;
        let statements = [&PING].into_iter().chain(statements.iter().copied());
        let observer = Observer::new(target, sampling.clone(), metrics.clone(), statements);
        Ok(Self(Arc::new(Shared::new(pool, observer, config, metrics))))
    }

    /// Brings the schema up to date, without a service and its log.
    pub async fn migrate(config: &DatabaseConfig) -> Result<(), StartError> {
        let options = connect_options(config)?;
        if let Some(weakness) = backend::weakness(config.url.expose_secret()) {
            eprintln!("warning: {weakness}: {}", backend::HINT);
        }
        migrate(&options, config).await
    }

    /// Asks the database for a sign of life.
    pub async fn ping(&self) -> Result<(), Error> {
        PING.query::<(i32,)>().fetch_optional(self).await.map(|_| ())
    }

    /// Closes all connections, once those in use are given back.
    pub async fn close(&self) {
        self.0.pool.close().await;
    }

    /// Begins to observe a run of a statement.
    pub(super) fn observe(&self, statement: &'static Statement) -> Observation<'_> {
        self.0.observer.begin(statement)
    }

    /// Runs a query on a connection of the pool, within its deadline.
    pub(super) async fn run<T>(
        &self,
        query: QueryAs<'static, Backend, T, Arguments>,
    ) -> Result<Vec<T>, Error>
    where
        T: for<'row> FromRow<'row, Row> + Send + Unpin,
    {
        let mut connection = self.acquire().await?;
        let rows = timeout(self.0.query_timeout, query.fetch_all(connection.begin())).await;
        let rows = rows.map_err(|_| Error::Deadline(None))?;
        connection.end();
        Ok(rows?)
    }

    /// Borrows a connection, and records how long that took.
    async fn acquire(&self) -> Result<Borrowed<'_>, Error> {
        let shared = &self.0;
        let _waiting = Active::begin(&shared.waiting);
        let started = Instant::now();
        match shared.pool.acquire().await {
            Ok(connection) => {
                let borrowed = Borrowed::new(connection, shared);
                shared.wait_time.record(borrowed.since - started);
                Ok(borrowed)
            }
            Err(error) => {
                if matches!(error, sqlx::Error::PoolTimedOut) {
                    shared.timeouts.increment(1);
                }
                Err(error.into())
            }
        }
    }
}

impl Shared {
    fn new(
        pool: Pool<Backend>,
        observer: Observer,
        config: &DatabaseConfig,
        metrics: &Metrics,
    ) -> Self {
        let name = observer.target().pool.clone();
        let labels = || vec![Label::new("db_client_connection_pool_name", name.clone())];
        observe_size(&pool, metrics, labels);
        Self {
            waiting: metrics.gauge(&CONNECTION_PENDING_REQUESTS, labels()),
            wait_time: metrics.histogram(&CONNECTION_WAIT_TIME, labels()),
            use_time: metrics.histogram(&CONNECTION_USE_TIME, labels()),
            timeouts: metrics.counter(&CONNECTION_TIMEOUTS, labels()),
            observer,
            query_timeout: config.query_timeout,
            close_timeout: config.query_timeout + GRACE + config.acquire_timeout,
            pool,
        }
    }
}

async fn migrate(options: &ConnectOptions, config: &DatabaseConfig) -> Result<(), StartError> {
    // Not from the pool: a migration may take longer than a query.
    let connection = timeout(config.acquire_timeout, options.connect()).await;
    let connection = connection.unwrap_or(Err(sqlx::Error::PoolTimedOut));
    let mut connection = connection.map_err(StartError::Unreachable)?;
    migrations().run(&mut connection).await?;
    connection.close().await.map_err(StartError::Unreachable)
}

/// Returns the migrations of this version.
///
/// A later one may have been here before, as after a rollback, and its migrations with it: what this
/// version does not know is passed over. That the schema still suits it, the later one sees to.
fn migrations() -> Migrator {
    let mut migrations = sqlx::migrate!();
    migrations.set_ignore_missing(true);
    migrations
}

fn connect_options(config: &DatabaseConfig) -> Result<ConnectOptions, StartError> {
    backend::connect_options(config.url.expose_secret()).map_err(StartError::Url)
}

fn observe_size(pool: &Pool<Backend>, metrics: &Metrics, labels: impl Fn() -> Vec<Label>) {
    let options = pool.options();
    let max = metrics.gauge(&CONNECTION_MAX, labels());
    max.set(options.get_max_connections());
    let idle_min = metrics.gauge(&CONNECTION_IDLE_MIN, labels());
    idle_min.set(options.get_min_connections());
    let state = |state: &'static str| {
        let mut labels = labels();
        labels.push(Label::new("db_client_connection_state", state));
        metrics.gauge(&CONNECTION_COUNT, labels)
    };
    let (idle, used) = (state("idle"), state("used"));
    let pool = pool.clone();
    metrics.on_scrape(move || {
        let size = usize::try_from(pool.size()).unwrap_or(usize::MAX);
        let unused = pool.num_idle().min(size);
        idle.set(count(unused));
        used.set(count(size - unused));
    });
}

/// A borrowed connection, given back when it is dropped.
///
/// If that happens in the middle of a statement, because of its deadline or because nobody waits
/// for it any more, the connection is closed instead, but keeps its place in the pool until the
/// statement has ended: the database works on it until then, whoever waits. Clients that give up
/// and try again would otherwise have it work on more statements than the pool may have
/// connections.
struct Borrowed<'a> {
    connection: Option<PoolConnection<Backend>>,
    busy: bool,
    since: Instant,
    shared: &'a Arc<Shared>,
}

impl<'a> Borrowed<'a> {
    fn new(connection: PoolConnection<Backend>, shared: &'a Arc<Shared>) -> Self {
        Self { connection: Some(connection), busy: false, since: Instant::now(), shared }
    }

    /// Lends the connection to a statement, until [`Self::end`].
    fn begin(&mut self) -> &mut <Backend as sqlx::Database>::Connection {
        self.busy = true;
        self.connection.as_mut().expect("the connection is there until it is dropped")
    }

    /// Gives the connection back after a statement that has ended.
    fn end(mut self) {
        self.busy = false;
    }
}

impl Drop for Borrowed<'_> {
    fn drop(&mut self) {
        self.shared.use_time.record(self.since.elapsed());
        let connection = self.connection.take();
        let mut connection = connection.expect("the connection is there until it is dropped");
        if self.busy {
            tokio::spawn(close_once_idle(connection, Arc::clone(self.shared)));
        } else {
            // By itself, sqlx would wait as long as the system does for a machine that is gone.
            let limit = self.shared.pool.options().get_acquire_timeout();
            tokio::spawn(timeout(limit, connection.return_to_pool()));
        }
    }
}

/// Closes a connection when the statement on it has ended, or with the whole pool.
async fn close_once_idle(mut connection: PoolConnection<Backend>, shared: Arc<Shared>) {
    connection.close_on_drop();
    let mut closing = shared.pool.close_event();
    // It is answered after the statement; if by an error, that one has ended as well.
    let answer = timeout(shared.close_timeout, connection.ping());
    let _ = closing.do_until(answer).await;
}
