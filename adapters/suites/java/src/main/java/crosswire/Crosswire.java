package crosswire;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.opentest4j.AssertionFailedError;

/**
 * Certifies a client library with Crosswire in a JUnit 5 test:
 *
 * <pre>{@code
 * @ExtendWith(Crosswire.Extension.class)
 * class WiresTest {
 *     @Test
 *     void theClientDoesNotCrossItsWires(Crosswire crosswire) {
 *         crosswire.certify("java -cp target/classes:... Adapter", 300);
 *     }
 * }
 * }</pre>
 *
 * A violation fails the test with its story, and saves the schedule under
 * {@code src/test/resources/crosswire}, from where the next run replays it first. The program is
 * {@code crosswire}, or what the variable CROSSWIRE names.
 */
public final class Crosswire {
    private final Path kept;

    /** Keeps the schedules that it finds in this directory. */
    public Crosswire(Path kept) {
        this.kept = kept;
    }

    /** Hands a test its {@link Crosswire}. */
    public static final class Extension implements ParameterResolver {
        @Override
        public boolean supportsParameter(ParameterContext parameter, ExtensionContext test) {
            return parameter.getParameter().getType() == Crosswire.class;
        }

        @Override
        public Object resolveParameter(ParameterContext parameter, ExtensionContext test) {
            String name = test.getRequiredTestClass().getSimpleName() + "." + test.getRequiredTestMethod().getName();
            return new Crosswire(Path.of("src", "test", "resources", "crosswire", name));
        }
    }

    /**
     * Fails if a kept schedule or one of {@code seeds} drawn ones violates an invariant, or if too
     * little was tried.
     */
    public void certify(String adapter, int seeds) {
        try {
            if (!schedules().isEmpty()) {
                replay(adapter);
            }
            Files.createDirectories(kept);
            Path file = firstFree();
            JsonObject found = run(adapter, "--seeds", Integer.toString(seeds), "--save", file.toString());
            if (!found.get("verdict").getAsString().equals("clean")) {
                throw new AssertionFailedError(told(found, file));
            }
        } catch (IOException error) {
            throw new UncheckedIOException(error);
        } finally {
            for (Path empty = kept; empty != null && empty.toFile().delete(); empty = empty.getParent()) {
                // A directory that has nothing in it is gone.
            }
        }
    }

    private void replay(String adapter) throws IOException {
        JsonObject again = run(adapter, "--schedule", kept.toString());
        for (JsonElement element : again.getAsJsonArray("schedules")) {
            JsonObject one = element.getAsJsonObject();
            if (one.get("verdict").getAsString().equals("violated")) {
                String what = one.get("schedule").getAsString() + ": " + one.get("told").getAsString();
                throw new AssertionFailedError(what + indented(one.getAsJsonArray("story")));
            }
        }
    }

    private List<Path> schedules() throws IOException {
        if (!Files.isDirectory(kept)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(kept)) {
            return files.filter(file -> file.toString().endsWith(".toml")).collect(Collectors.toList());
        }
    }

    private Path firstFree() {
        int number = 1;
        while (Files.exists(kept.resolve("found-" + number + ".toml"))) {
            number++;
        }
        return kept.resolve("found-" + number + ".toml");
    }

    private static JsonObject run(String adapter, String... options) throws IOException {
        String program = System.getenv().getOrDefault("CROSSWIRE", "crosswire");
        List<String> words = new ArrayList<>(List.of(program, "certify", "--adapter", adapter, "--json"));
        words.addAll(Arrays.asList(options));
        Process process = new ProcessBuilder(words).redirectError(ProcessBuilder.Redirect.DISCARD).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        try {
            JsonObject answer = JsonParser.parseString(output).getAsJsonObject();
            if (answer.get("type").getAsString().equals("error")) {
                throw new AssertionFailedError(answer.get("message").getAsString());
            }
            return answer;
        } catch (JsonParseException | IllegalStateException error) {
            throw new AssertionFailedError(String.join(" ", words) + " printed no JSON: " + output);
        }
    }

    private static String told(JsonObject found, Path file) {
        JsonObject of = found.getAsJsonObject("adapter");
        StringBuilder told = new StringBuilder(String.format("%s %s (%s): %s",
                of.get("library").getAsString(), of.get("version").getAsString(),
                of.get("client").getAsString(), found.get("sentence").getAsString()));
        for (JsonElement element : found.getAsJsonArray("findings")) {
            JsonObject finding = element.getAsJsonObject();
            told.append(String.format("%n%n%s, first with seed %s: %s",
                    joined(finding.getAsJsonArray("invariants"), ", "), finding.get("first_seed").getAsString(),
                    joined(finding.getAsJsonArray("schedule"), "; ")));
            told.append(indented(finding.getAsJsonArray("story")));
        }
        if (Files.exists(file)) {
            told.append(String.format("%n%nkept as %s, and replayed first from now on", file));
        }
        return told.toString();
    }

    private static String indented(JsonArray lines) {
        return "\n  " + joined(lines, "\n  ");
    }

    private static String joined(JsonArray texts, String between) {
        return StreamSupport.stream(texts.spliterator(), false)
                .map(JsonElement::getAsString)
                .collect(Collectors.joining(between));
    }
}
