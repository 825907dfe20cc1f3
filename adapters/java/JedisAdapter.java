import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.Pipeline;
import redis.clients.jedis.Response;
import redis.clients.jedis.exceptions.JedisDataException;

/**
 * jedis: one connection. A call gives up by the read time-out of its socket. As its documentation
 * says, a connection that is broken is closed and replaced.
 */
public final class JedisAdapter implements Kit.Client {
    private final String host;
    private final int port;
    private Jedis jedis;

    private JedisAdapter(String host, int port) {
        this.host = host;
        this.port = port;
    }

    public Object perform(Kit.Request request, int timeoutMs) {
        if (jedis != null && jedis.getConnection().isBroken()) close();
        if (jedis == null) jedis = new Jedis(host, port, 0);
        jedis.getConnection().setSoTimeout(timeoutMs);
        return switch (request.op) {
            case "get" -> jedis.get(request.key);
            case "mget" -> jedis.mget(request.keys);
            case "set" -> jedis.set(request.key, request.value);
            case "pipeline" -> pipeline(request.commands);
            default -> throw new UnsupportedOperationException("the adapter has no " + request.op);
        };
    }

    private List<Object> pipeline(List<List<String>> commands) {
        Pipeline batch = jedis.pipelined();
        List<Response<String>> queued = new ArrayList<>();
        for (List<String> words : commands) {
            boolean get = words.get(0).equals("get");
            queued.add(get ? batch.get(words.get(1)) : batch.set(words.get(1), words.get(2)));
        }
        batch.sync();
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
        if (jedis != null) jedis.close();
        jedis = null;
    }

    public static void main(String[] words) throws Exception {
        String version = System.getProperty("library.version");
        Kit.serve(Map.of("library", "jedis", "version", version, "client", "one connection",
            "connections", "exclusive"), JedisAdapter::new);
    }
}
