// go-redis 5: a pool that hands out connections. It has no contexts, so a call is not given up.
package main

import (
	"context"
	"net"
	"time"

	redis "gopkg.in/redis.v5"
)

func main() {
	Serve(Hello{
		Library: "go-redis", Version: Version("gopkg.in/redis.v5"), Client: "pool",
		Connections: "exclusive", Cancel: "never",
	}, connect)
}

func connect(address string) Client {
	client := redis.NewClient(&redis.Options{
		// The schedule decides when a reply is late, not a time-out of three seconds.
		Addr: address, ReadTimeout: 1000 * time.Hour, WriteTimeout: 1000 * time.Hour,
		Dialer: func() (net.Conn, error) { return Dial(context.Background(), "tcp", address) },
	})
	return Client{
		Ops: map[string]func(context.Context, Request) (any, error){
			"get":  func(_ context.Context, r Request) (any, error) { return client.Get(r.Key).Result() },
			"mget": func(_ context.Context, r Request) (any, error) { return client.MGet(r.Keys...).Result() },
			"set":  func(_ context.Context, r Request) (any, error) { return client.Set(r.Key, r.Value, 0).Result() },
			"pipeline": func(_ context.Context, r Request) (any, error) { return pipeline(client, r) },
		},
		Close: func() { client.Close() },
	}
}

func pipeline(client *redis.Client, r Request) (any, error) {
	batch := client.Pipeline()
	queued := make([]interface{ Result() (string, error) }, len(r.Commands))
	for i, words := range r.Commands {
		if words[0] == "get" {
			queued[i] = batch.Get(words[1])
		} else {
			queued[i] = batch.Set(words[1], words[2], 0)
		}
	}
	_, err := batch.Exec()
	replies := make([]any, len(queued))
	for i, one := range queued {
		reply, failed := one.Result()
		replies[i] = reply
		if failed != nil {
			if _, isNet := failed.(net.Error); isNet || err != failed && reply == "" && err != nil && failed.Error() == err.Error() {
				return nil, failed
			}
			replies[i] = Failed{failed.Error()}
		}
	}
	return replies, nil
}
