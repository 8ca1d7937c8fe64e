"""PostgreSQL: connection strings, the pool, SQL files, rows and migrations. Knows no feature."""
