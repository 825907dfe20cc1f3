import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.commons.pool2.impl.GenericObjectPoolConfig;
import redis.clients.jedis.AbstractPipeline;
import redis.clients.jedis.Connection;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.RedisProtocol;
import redis.clients.jedis.Response;
import redis.clients.jedis.UnifiedJedis;
import redis.clients.jedis.csc.Cache;
import redis.clients.jedis.csc.CacheConfig;
import redis.clients.jedis.csc.CacheFactory;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.providers.PooledConnectionProvider;

/**
 * jedis' pool with its client-side cache (RESP3, from 5.2 on): values stay in memory until the
 * server says that they changed. A call cannot be given up here: the time-out of a pooled
 * connection is fixed.
 */
public final class JedisCache implements Kit.Client {
    private final UnifiedJedis jedis;

    private JedisCache(String host, int port) {
        Cache cache = CacheFactory.getCache(CacheConfig.builder().maxSize(1000).build());
        GenericObjectPoolConfig<Connection> pool = new GenericObjectPoolConfig<>();
        pool.setMaxTotal(1);
        DefaultJedisClientConfig config = DefaultJedisClientConfig.builder()
            .protocol(RedisProtocol.RESP3).socketTimeoutMillis(0).connectionTimeoutMillis(0).build();
        HostAndPort server = new HostAndPort(host, port);
        // What JedisPooled, and RedisClient since version 7, are made of.
        jedis = new UnifiedJedis(new PooledConnectionProvider(server, config, cache, pool),
            RedisProtocol.RESP3, cache) { };
    }

    public Object perform(Kit.Request request, int timeoutMs) {
        return switch (request.op) {
            case "get" -> jedis.get(request.key);
            case "mget" -> jedis.mget(request.keys);
            case "set" -> jedis.set(request.key, request.value);
            case "pipeline" -> batch(jedis.pipelined(), request.commands);
            default -> throw new UnsupportedOperationException("the adapter has no " + request.op);
        };
    }

    private static List<Object> batch(AbstractPipeline batch, List<List<String>> commands) {
        List<Response<String>> queued = new ArrayList<>();
        for (List<String> words : commands) {
            boolean get = words.get(0).equals("get");
            queued.add(get ? batch.get(words.get(1)) : batch.set(words.get(1), words.get(2)));
        }
        try (batch) {
            batch.sync();
        }
        List<Object> replies = new ArrayList<>();
        for (Response<String> one : queued) {
            try {
                replies.add(one.get());
            } catch (JedisDataException error) {
                replies.add(Kit.failed(error));
            }
        }
        return replies;
    }

    public void close() {
        jedis.close();
    }

    public static void main(String[] words) throws Exception {
        Kit.serve(Map.of("library", "jedis", "version", System.getProperty("library.version"),
            "client", "pool, cache", "connections", "exclusive", "cancel", "never",
            "protocol", "resp3", "can", List.of("invalidate")), JedisCache::new);
    }
}
