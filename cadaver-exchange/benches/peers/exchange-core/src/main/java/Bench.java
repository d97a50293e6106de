import exchange.core2.collections.objpool.ObjectsPool;
import exchange.core2.core.ExchangeApi;
import exchange.core2.core.ExchangeCore;
import exchange.core2.core.common.CoreSymbolSpecification;
import exchange.core2.core.common.CoreWaitStrategy;
import exchange.core2.core.common.OrderAction;
import exchange.core2.core.common.OrderType;
import exchange.core2.core.common.SymbolType;
import exchange.core2.core.common.api.ApiAddUser;
import exchange.core2.core.common.api.ApiAdjustUserBalance;
import exchange.core2.core.common.api.binary.BatchAddSymbolsCommand;
import exchange.core2.core.common.cmd.CommandResultCode;
import exchange.core2.core.common.cmd.OrderCommand;
import exchange.core2.core.common.cmd.OrderCommandType;
import exchange.core2.core.common.config.ExchangeConfiguration;
import exchange.core2.core.common.config.LoggingConfiguration;
import exchange.core2.core.common.config.PerformanceConfiguration;
import exchange.core2.core.orderbook.IOrderBook;
import exchange.core2.core.orderbook.OrderBookDirectImpl;
import exchange.core2.core.orderbook.OrderBookEventsHelper;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.concurrent.atomic.AtomicLong;

/** exchange-core 0.5.3: its direct book on one thread, without risk and accounts, and its whole pipeline. */
public final class Bench {
    private static final int SYMBOL = 1;
    private static final int LOTS = 11;
    private static final int KIBBLES = 15;
    private static final int CATS = 400;
    private static final int RUNS = 5;
    /** The last so many commands come at an even pace, 50,000 a second, for the latency of the pipeline. */
    private static final int PACED = 100_000;
    private static final long PACE_NANOS = 20_000;

    private final Flow flow;

    private Bench(Flow flow) {
        this.flow = flow;
    }

    public static void main(String[] arguments) throws Exception {
        Bench bench = new Bench(Flow.read(Path.of(arguments[0])));
        String resting = arguments[1];
        if (arguments[2].equals("book")) {
            bench.book("exchange-core, its book alone, " + resting + " resting");
        } else {
            bench.pipeline("exchange-core, whole, " + resting + " resting");
        }
        System.exit(0);
    }

    private static CoreSymbolSpecification symbol() {
        return CoreSymbolSpecification.builder()
            .symbolId(SYMBOL)
            .type(SymbolType.CURRENCY_EXCHANGE_PAIR)
            .baseCurrency(LOTS)
            .quoteCurrency(KIBBLES)
            .baseScaleK(1)
            .quoteScaleK(1)
            .takerFee(0)
            .makerFee(0)
            .build();
    }

    private void set(OrderCommand command, int i) {
        command.orderId = flow.order[i] + 1L;
        command.uid = flow.cat[i] + 1L;
        command.symbol = SYMBOL;
        command.matcherEvent = null;
        // What its risk engine would say of a covered order.
        command.resultCode = CommandResultCode.VALID_FOR_MATCHING_ENGINE;
        if (flow.what[i] == Flow.CANCEL) {
            command.command = OrderCommandType.CANCEL_ORDER;
            return;
        }
        command.command = OrderCommandType.PLACE_ORDER;
        command.action = flow.buys[i] ? OrderAction.BID : OrderAction.ASK;
        command.orderType = flow.what[i] == Flow.REST ? OrderType.GTC : OrderType.IOC;
        command.price = flow.price[i];
        command.reserveBidPrice = flow.price[i];
        command.size = flow.quantity[i];
    }

    /** Fills a book and takes the measured steps; each run after the first finds the code compiled. */
    private long run(long[] times) {
        HashMap<Integer, Integer> sizes = new HashMap<>();
        sizes.put(ObjectsPool.DIRECT_ORDER, 1024 * 1024);
        sizes.put(ObjectsPool.DIRECT_BUCKET, 64 * 1024);
        sizes.put(ObjectsPool.ART_NODE_4, 32 * 1024);
        sizes.put(ObjectsPool.ART_NODE_16, 16 * 1024);
        sizes.put(ObjectsPool.ART_NODE_48, 8 * 1024);
        sizes.put(ObjectsPool.ART_NODE_256, 4 * 1024);
        IOrderBook book = new OrderBookDirectImpl(
            symbol(), new ObjectsPool(sizes), OrderBookEventsHelper.NON_POOLED_EVENTS_HELPER, LoggingConfiguration.DEFAULT);
        OrderCommand command = new OrderCommand();
        for (int i = 0; i < flow.filling; i++) {
            set(command, i);
            IOrderBook.processCommand(book, command);
        }
        long started = System.nanoTime();
        for (int i = flow.filling; i < flow.steps; i++) {
            long before = times == null ? 0 : System.nanoTime();
            set(command, i);
            IOrderBook.processCommand(book, command);
            if (times != null) {
                times[i - flow.filling] = System.nanoTime() - before;
            }
        }
        return System.nanoTime() - started;
    }

    private void book(String name) {
        long best = Long.MAX_VALUE;
        for (int i = 0; i < RUNS; i++) {
            best = Math.min(best, run(null));
        }
        long[] times = new long[flow.steps - flow.filling];
        run(times);
        flow.report(name, best, times);
    }

    private void submit(ExchangeApi api, int i) {
        long order = flow.order[i] + 1L;
        long uid = flow.cat[i] + 1L;
        long now = System.nanoTime();
        if (flow.what[i] == Flow.CANCEL) {
            api.cancelOrder(0, order, now, order, SYMBOL, uid);
            return;
        }
        OrderAction action = flow.buys[i] ? OrderAction.BID : OrderAction.ASK;
        OrderType type = flow.what[i] == Flow.REST ? OrderType.GTC : OrderType.IOC;
        api.placeNewOrder(
            0, order, now, order, 0, flow.price[i], flow.price[i], flow.quantity[i], action, type, SYMBOL, uid);
    }

    /** The pipeline with risk and accounts, one engine of each kind; its threads share the processors that there are. */
    private void pipeline(String name) throws Exception {
        AtomicLong done = new AtomicLong();
        long[] finished = new long[PACED];
        AtomicLong pacedFrom = new AtomicLong(Long.MAX_VALUE);
        ExchangeConfiguration settings = ExchangeConfiguration.defaultBuilder()
            .performanceCfg(PerformanceConfiguration.throughputPerformanceBuilder()
                .matchingEnginesNum(1)
                .riskEnginesNum(1)
                .threadFactory(Thread::new)
                .waitStrategy(CoreWaitStrategy.BLOCKING)
                .build())
            .build();
        ExchangeCore core = ExchangeCore.builder()
            .resultsConsumer((command, sequence) -> {
                if (command.command != OrderCommandType.PLACE_ORDER && command.command != OrderCommandType.CANCEL_ORDER) {
                    return;
                }
                long number = done.get();
                long paced = number - pacedFrom.get();
                if (paced >= 0 && paced < PACED) {
                    finished[(int) paced] = System.nanoTime();
                }
                done.lazySet(number + 1);
            })
            .exchangeConfiguration(settings)
            .build();
        core.startup();
        ExchangeApi api = core.getApi();
        api.submitBinaryDataAsync(new BatchAddSymbolsCommand(symbol())).get();
        for (long uid = 1; uid <= CATS; uid++) {
            api.submitCommandAsync(ApiAddUser.builder().uid(uid).build()).get();
            give(api, uid, KIBBLES, 1_000_000_000_000L);
            give(api, uid, LOTS, 1_000_000_000L);
        }
        for (int i = 0; i < flow.filling; i++) {
            submit(api, i);
        }
        await(done, flow.filling);
        long started = System.nanoTime();
        int unpaced = flow.steps - PACED;
        for (int i = flow.filling; i < unpaced; i++) {
            submit(api, i);
        }
        await(done, unpaced);
        long perStep = (System.nanoTime() - started) / (unpaced - flow.filling);
        pacedFrom.set(unpaced);
        flow.report(name, perStep * (flow.steps - flow.filling), paced(api, done, finished));
    }

    /** Latencies at an even pace, counted from when each command was due. */
    private long[] paced(ExchangeApi api, AtomicLong done, long[] finished) throws InterruptedException {
        long start = System.nanoTime();
        for (int i = 0; i < PACED; i++) {
            while (System.nanoTime() < start + i * PACE_NANOS) {
                Thread.onSpinWait();
            }
            submit(api, flow.steps - PACED + i);
        }
        await(done, flow.steps);
        long[] times = new long[PACED];
        for (int i = 0; i < PACED; i++) {
            times[i] = finished[i] - start - i * PACE_NANOS;
        }
        return times;
    }

    private static void await(AtomicLong done, long number) throws InterruptedException {
        while (done.get() < number) {
            Thread.sleep(0, 100_000);
        }
    }

    private static void give(ExchangeApi api, long uid, int currency, long amount) throws Exception {
        api.submitCommandAsync(ApiAdjustUserBalance.builder()
            .uid(uid).transactionId(uid * 100 + currency).currency(currency).amount(amount).build()).get();
    }
}
