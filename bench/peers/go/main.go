// Go's net/http over pgx: statements are prepared and cached by pgx for each connection.
package main

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"log"
	"net/http"
	"os"
	"time"

	"github.com/jackc/pgx/v4/pgxpool"
)

const bots = `
SELECT
    id::text, client_id::text, account, instance_name, name, connector, pair, strategy, config,
    revision, desired_state, state, reason, since, known_state, is_stale, error, instance,
    running_revision, performance, created_at, updated_at
FROM bots
WHERE account = $1 AND deleted_at IS NULL
ORDER BY created_at, id
LIMIT 1000`

var words = map[string]string{
	"stopped": "stopped", "error": "error", "lost": "error", "conflict": "error",
}
var busy = map[string]bool{"starting": true, "running": true, "stopping": true, "unknown": true}
var solana = map[string]bool{"jupiter": true, "orca": true, "raydium": true, "meteora": true}

type runtimeView struct {
	State       string           `json:"state"`
	Reason      string           `json:"reason"`
	Since       time.Time        `json:"since"`
	Instance    *string          `json:"instance"`
	Stale       bool             `json:"stale"`
	StaleReason *string          `json:"stale_reason"`
	Performance *json.RawMessage `json:"performance"`
	Revision    *int32           `json:"revision"`
}

type botView struct {
	ID             string          `json:"id"`
	ClientID       string          `json:"client_id"`
	Account        string          `json:"account"`
	InstanceName   string          `json:"instance_name"`
	Name           string          `json:"name"`
	Connector      string          `json:"connector"`
	Pair           string          `json:"pair"`
	Strategy       string          `json:"strategy"`
	BotType        string          `json:"bot_type"`
	Chain          string          `json:"chain"`
	Config         json.RawMessage `json:"config"`
	Revision       int32           `json:"revision"`
	Status         string          `json:"status"`
	HealthStatus   string          `json:"health_status"`
	HealthMessage  *string         `json:"health_message"`
	DesiredState   string          `json:"desired_state"`
	Error          *string         `json:"error"`
	Runtime        runtimeView     `json:"runtime"`
	AllowedActions []string        `json:"allowed_actions"`
	CreatedAt      time.Time       `json:"created_at"`
	UpdatedAt      time.Time       `json:"updated_at"`
}

type botList struct {
	Bots       []botView `json:"bots"`
	NextCursor *string   `json:"next_cursor"`
}

type service struct {
	pool   *pgxpool.Pool
	key    []byte
	origin string
}

func (s *service) list(ctx context.Context, account string) (botList, error) {
	found := botList{Bots: make([]botView, 0, 8)}
	rows, err := s.pool.Query(ctx, bots, account)
	if err != nil {
		return found, err
	}
	defer rows.Close()
	for rows.Next() {
		var b botView
		var known string
		err = rows.Scan(
			&b.ID, &b.ClientID, &b.Account, &b.InstanceName, &b.Name, &b.Connector, &b.Pair,
			&b.Strategy, &b.Config, &b.Revision, &b.DesiredState, &b.Runtime.State,
			&b.Runtime.Reason, &b.Runtime.Since, &known, &b.Runtime.Stale, &b.Error,
			&b.Runtime.Instance, &b.Runtime.Revision, &b.Runtime.Performance, &b.CreatedAt,
			&b.UpdatedAt,
		)
		if err != nil {
			return found, err
		}
		derive(&b, known)
		found.Bots = append(found.Bots, b)
	}
	return found, rows.Err()
}

func derive(b *botView, known string) {
	b.BotType = b.Strategy
	b.Chain = "evm"
	if solana[b.Connector] {
		b.Chain = "solana"
	}
	b.Status = "running"
	if word, ok := words[known]; ok {
		b.Status = word
	}
	b.HealthStatus = "healthy"
	if word, ok := words[b.Runtime.State]; ok {
		b.HealthStatus = word
	} else if b.Runtime.Stale {
		b.HealthStatus = "stale"
	}
	action := "start"
	if busy[b.Runtime.State] {
		action = "stop"
	}
	b.AllowedActions = []string{action, "edit", "delete"}
}

func (s *service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("Vary", "Origin")
	if r.Header.Get("Origin") == s.origin {
		header.Set("Access-Control-Allow-Origin", s.origin)
		header.Set("Access-Control-Allow-Credentials", "true")
		header.Set("Access-Control-Expose-Headers", "ETag, Retry-After, X-Request-ID")
	}
	if subtle.ConstantTimeCompare([]byte(r.Header.Get("Authorization")), s.key) != 1 {
		http.Error(w, "The key is missing or wrong.", http.StatusUnauthorized)
		return
	}
	found, err := s.list(r.Context(), r.URL.Query().Get("account"))
	if err == nil {
		var body []byte
		if body, err = json.Marshal(found); err == nil {
			header.Set("Content-Type", "application/json")
			_, _ = w.Write(body)
			return
		}
	}
	if r.Context().Err() != nil {
		return // nobody waits any more
	}
	log.Print(err)
	http.Error(w, "The bots could not be read.", http.StatusServiceUnavailable)
}

func main() {
	time.Local = time.UTC
	config, err := pgxpool.ParseConfig("") // reads PGHOST and so on
	if err != nil {
		log.Fatal(err)
	}
	config.MaxConns = 10
	pool, err := pgxpool.ConnectConfig(context.Background(), config)
	if err != nil {
		log.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("/bots", &service{
		pool: pool, key: []byte("Bearer " + os.Getenv("PEER_KEY")), origin: os.Getenv("PEER_ORIGIN"),
	})
	log.Fatal(http.ListenAndServe("127.0.0.1:"+os.Getenv("PORT"), mux))
}
