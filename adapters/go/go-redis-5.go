// go-redis 5: a pool that hands out connections. It has no contexts, so a call is not given up.
package main

import (
	"context"
	"net"
	"reflect"
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
			"get": func(_ context.Context, r Request) (any, error) {
				return client.Get(r.Key).Result()
			},
			"mget": func(_ context.Context, r Request) (any, error) {
				return client.MGet(r.Keys...).Result()
			},
			"set": func(_ context.Context, r Request) (any, error) {
				return client.Set(r.Key, r.Value, 0).Result()
			},
			"pipeline": func(_ context.Context, r Request) (any, error) {
				return pipeline(client, r)
			},
		},
		Close: func() { client.Close() },
	}
}

// isReply reports whether an error is a reply of the server. Their type has a name only within the
// library, but it is that of redis.Nil.
func isReply(err error) bool { return reflect.TypeOf(err) == reflect.TypeOf(redis.Nil) }

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
	batch.Exec() // Its error is the first of those of the commands.
	replies := make([]any, len(queued))
	for i, one := range queued {
		reply, failed := one.Result()
		replies[i] = reply
		if isReply(failed) {
			replies[i] = Failed{failed.Error()}
		} else if failed != nil {
			return nil, failed
		}
	}
	return replies, nil
}
