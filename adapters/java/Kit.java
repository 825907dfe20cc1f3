import com.google.gson.Gson;
import com.google.gson.JsonObject;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * What adapters in Java have in common: lines, barriers, errors (docs/adapter-protocol.md). It is
 * for libraries that block: calls are made on one thread, and another one reads requests. It
 * answers a barrier once no call is under way, or the calling thread sleeps in a read of its
 * socket: the kernel says so in /proc/self/task. A thread that waits for a lock or for time is in
 * other functions of the kernel than one that waits for bytes. A new operation of the protocol is a
 * new case of `perform`.
 */
public final class Kit {
    /** A client of the library. `timeoutMs` is 0 if the call has no time-out. */
    public interface Client {
        Object perform(Request request, int timeoutMs) throws Exception;
        void close() throws Exception;
    }

    public interface Connect {
        Client to(String host, int port) throws Exception;
    }

    public static final class Request {
        public int id;
        public String op;
        public String host;
        public int port;
        public String key;
        public String[] keys;
        public String value;
        public List<List<String>> commands;
        public int timeout_ms;
    }

    private static final Gson GSON = new Gson().newBuilder().serializeNulls().create();
    private static Client client;

    private static synchronized void say(Object line) {
        System.out.println(GSON.toJson(line));
    }

    /** A reply of a pipeline that is an error, as the protocol writes it. */
    public static Map<String, String> failed(Throwable error) {
        return Map.of("error", String.valueOf(error.getMessage()));
    }

    private static Map<String, Object> answer(int id, String name, Object content) {
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("id", id);
        line.put(name, content);
        return line;
    }

    public static void serve(Map<String, ?> hello, Connect connect) throws Exception {
        JsonObject line = GSON.toJsonTree(hello).getAsJsonObject();
        line.addProperty("crosswire", 1);
        line.addProperty("calls", "one");
        if (!line.has("cancel")) line.addProperty("cancel", "by-timeout");
        line.addProperty("runtime", "Java " + System.getProperty("java.version"));
        say(line);
        LinkedBlockingQueue<Request> calls = new LinkedBlockingQueue<>();
        AtomicInteger busy = new AtomicInteger();
        SynchronousQueue<Path> where = new SynchronousQueue<>();
        Thread caller = new Thread(() -> work(calls, busy, where, connect));
        caller.setDaemon(true);
        caller.start();
        Path task = where.take();
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in));
        for (String text; (text = lines.readLine()) != null; ) {
            Request request = GSON.fromJson(text, Request.class);
            if (request.op.equals("barrier")) {
                while (busy.get() > 0 && !waitsForBytes(task)) Thread.sleep(0, 200_000);
                say(answer(request.id, "value", true));
            } else {
                busy.incrementAndGet();
                calls.put(request);
            }
        }
    }

    private static boolean waitsForBytes(Path task) throws Exception {
        String stat = Files.readString(task.resolve("stat"));
        String wchan = Files.readString(task.resolve("wchan"));
        return stat.charAt(stat.lastIndexOf(')') + 2) == 'S' && !wchan.contains("futex")
            && !wchan.contains("nanosleep");
    }

    private static void work(LinkedBlockingQueue<Request> calls, AtomicInteger busy,
            SynchronousQueue<Path> where, Connect connect) {
        try {
            Path self = Files.readSymbolicLink(Path.of("/proc/thread-self"));
            where.put(Path.of("/proc").resolve(self));
            while (true) {
                Request request = calls.take();
                Map<String, Object> end = answer(request.id, "value", true);
                try {
                    switch (request.op) {
                        case "connect" -> client = connect.to(request.host, request.port);
                        case "close" -> client.close();
                        default -> end.put("value", client.perform(request, request.timeout_ms));
                    }
                } catch (Exception error) {
                    end = answer(request.id, "error", error.toString());
                }
                say(end);
                busy.decrementAndGet();
            }
        } catch (Exception error) {
            error.printStackTrace();
            System.exit(1);
        }
    }
}
