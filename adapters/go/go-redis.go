// go-redis 8 and 9: a pool that hands out connections. A call gives up by its context's deadline,
// which the library passes on to the connection.
package main

import (
	"context"
	"reflect"

	redis "github.com/redis/go-redis/v9"
)

func main() {
	Serve(Hello{
		Library: "go-redis", Version: Version("github.com/redis/go-redis/v9"), Client: "pool",
		Connections: "exclusive", Cancel: "on-request",
	}, connect)
}

func connect(address string) Client {
	options := &redis.Options{Addr: address, Dialer: Dial, ReadTimeout: -1, WriteTimeout: -1}
	// Only version 9 has these: it must be told to heed the deadline of a context, and to speak RESP2.
	if of := reflect.ValueOf(options).Elem(); of.FieldByName("Protocol").IsValid() {
		of.FieldByName("Protocol").SetInt(2)
		of.FieldByName("ContextTimeoutEnabled").SetBool(true)
	}
	client := redis.NewClient(options)
	return Client{
		Ops: map[string]func(context.Context, Request) (any, error){
			"get": func(ctx context.Context, r Request) (any, error) {
				return client.Get(ctx, r.Key).Result()
			},
			"mget": func(ctx context.Context, r Request) (any, error) {
				return client.MGet(ctx, r.Keys...).Result()
			},
			"set": func(ctx context.Context, r Request) (any, error) {
				return client.Set(ctx, r.Key, r.Value, 0).Result()
			},
			"pipeline": func(ctx context.Context, r Request) (any, error) {
				return pipeline(ctx, client, r)
			},
		},
		Close: func() { client.Close() },
	}
}

func pipeline(ctx context.Context, client *redis.Client, r Request) (any, error) {
	batch := client.Pipeline()
	for _, words := range r.Commands {
		arguments := make([]any, len(words))
		for i, word := range words {
			arguments[i] = word
		}
		batch.Do(ctx, arguments...)
	}
	done, err := batch.Exec(ctx)
	replies := make([]any, len(done))
	for i, one := range done {
		reply, failed := one.(*redis.Cmd).Result()
		replies[i] = reply
		if _, isReply := failed.(redis.Error); isReply {
			replies[i], err = Failed{failed.Error()}, nil
		} else if failed != nil {
			return nil, failed
		}
	}
	return replies, err
}
