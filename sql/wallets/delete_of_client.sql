-- wallets/delete_of_client: free all wallets of a client.
-- $1 client_id: uuid
-- returns none
DELETE FROM wallets
WHERE client_id = $1;
