import crosswire.Crosswire;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The small client of adapters/blocking-socket.py, with its mistake and without. */
@ExtendWith(Crosswire.Extension.class)
class WiresTest {
    private static final String ADAPTER = "python3 ../../blocking-socket.py";

    @Test
    void keepsTheConnection(Crosswire crosswire) {
        crosswire.certify(ADAPTER, 60);
    }

    @Test
    void closesTheConnection(Crosswire crosswire) {
        crosswire.certify(ADAPTER + " --fixed", 60);
    }
}
