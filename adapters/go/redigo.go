// redigo: a pool that hands out connections; a call gives up by its context (DoContext), which
// closes the connection.
package main

import (
	"context"

	"github.com/gomodule/redigo/redis"
)

func main() {
	Serve(Hello{
		Library: "redigo", Version: Version("github.com/gomodule/redigo"), Client: "pool",
		Connections: "exclusive", Cancel: "on-request",
	}, connect)
}

func connect(address string) Client {
	pool := &redis.Pool{
		MaxIdle: 8,
		DialContext: func(ctx context.Context) (redis.Conn, error) {
			return redis.DialContext(ctx, "tcp", address, redis.DialContextFunc(Dial))
		},
	}
	return Client{
		Ops: map[string]func(context.Context, Request) (any, error){
			"get": func(ctx context.Context, r Request) (any, error) {
				return do(ctx, pool, "GET", r.Key)
			},
			"mget": func(ctx context.Context, r Request) (any, error) {
				return do(ctx, pool, "MGET", redis.Args{}.AddFlat(r.Keys)...)
			},
			"set": func(ctx context.Context, r Request) (any, error) {
				return do(ctx, pool, "SET", r.Key, r.Value)
			},
			"pipeline": func(ctx context.Context, r Request) (any, error) {
				return pipeline(ctx, pool, r)
			},
		},
		Close: func() { pool.Close() },
	}
}

func do(ctx context.Context, pool *redis.Pool, name string, words ...any) (any, error) {
	conn, err := pool.GetContext(ctx)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	reply, err := redis.DoContext(conn, ctx, name, words...)
	return shown(reply), err
}

// shown turns bytes into text, within lists as well.
func shown(reply any) any {
	switch reply := reply.(type) {
	case []byte:
		return string(reply)
	case redis.Error:
		return Failed{reply.Error()}
	case []any:
		for i := range reply {
			reply[i] = shown(reply[i])
		}
	}
	return reply
}

func pipeline(ctx context.Context, pool *redis.Pool, r Request) (any, error) {
	conn, err := pool.GetContext(ctx)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	for _, words := range r.Commands {
		if err := conn.Send(words[0], redis.Args{}.AddFlat(words[1:])...); err != nil {
			return nil, err
		}
	}
	if err := conn.Flush(); err != nil {
		return nil, err
	}
	replies := make([]any, len(r.Commands))
	for i := range replies {
		reply, err := redis.ReceiveContext(conn, ctx)
		if failed, isReply := err.(redis.Error); isReply {
			reply = failed
		} else if err != nil {
			return nil, err
		}
		replies[i] = shown(reply)
	}
	return replies, nil
}
