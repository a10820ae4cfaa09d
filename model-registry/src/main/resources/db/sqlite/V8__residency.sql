-- Nothing for the one server of this database: where several share one, each tells what it has in memory.
PRAGMA user_version = 8;
