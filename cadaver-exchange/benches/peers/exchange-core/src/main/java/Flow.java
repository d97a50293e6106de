import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/** The flow that benches/engine writes: steps in columns, those that fill the book first. */
final class Flow {
    static final byte REST = 0;
    static final byte TAKE = 1;
    static final byte CANCEL = 2;

    final int filling;
    final int steps;
    final byte[] what;
    final int[] order;
    final int[] cat;
    final boolean[] buys;
    final int[] price;
    final int[] quantity;

    private Flow(int filling, int steps) {
        this.filling = filling;
        this.steps = steps;
        what = new byte[steps];
        order = new int[steps];
        cat = new int[steps];
        buys = new boolean[steps];
        price = new int[steps];
        quantity = new int[steps];
    }

    static Flow read(Path file) throws IOException {
        try (BufferedReader lines = Files.newBufferedReader(file)) {
            String[] head = lines.readLine().split(" ");
            int filling = Integer.parseInt(head[0]);
            Flow flow = new Flow(filling, filling + Integer.parseInt(head[1]));
            for (int i = 0; i < flow.steps; i++) {
                String[] words = lines.readLine().split(" ");
                flow.order[i] = Integer.parseInt(words[1]);
                flow.cat[i] = Integer.parseInt(words[2]);
                if (words[0].equals("C")) {
                    flow.what[i] = CANCEL;
                    continue;
                }
                flow.what[i] = words[0].equals("R") ? REST : TAKE;
                flow.buys[i] = words[3].equals("B");
                flow.price[i] = Integer.parseInt(words[4]);
                flow.quantity[i] = Integer.parseInt(words[5]);
            }
            return flow;
        }
    }

    /** One line of the table: commands per second, and the latencies in nanoseconds. */
    void report(String name, long nanos, long[] times) {
        long perSecond = (long) ((steps - filling) * 1e9 / nanos);
        String quantiles = "-\t-\t-";
        if (times != null) {
            Arrays.sort(times);
            int n = times.length;
            quantiles = times[n / 2] + "\t" + times[(int) (n * 0.99)] + "\t" + times[(int) (n * 0.999)];
        }
        System.out.println(name + "\t" + perSecond + "\t" + quantiles);
    }
}
