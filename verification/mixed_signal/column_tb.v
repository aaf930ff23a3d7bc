// A column of cells between a query pulse driver and a pulse counter: one conversion a query.
// The column is a netlist of transistors; spicebind finds this instance and stands in for it.
`timescale 1ns / 1ps

module analog_column #(parameter ROWS = 1) (
    input [ROWS-1:0] rows,
    input reset,
    input count,
    output pulse,
    output sign
);
endmodule

module column_tb;
    parameter ROWS = 1;
    parameter QUERIES = 1;
    parameter COUNT_WIDTH = 5;
    parameter LONGEST = 15;

    reg clk = 0, start = 0, reset = 0, count = 0;
    reg [4*ROWS-1:0] codes = 0;
    reg [4*ROWS-1:0] queries[0:QUERIES-1];
    reg [1023:0] stimuli;
    wire [ROWS-1:0] rows;
    wire pulse, sign, done;
    wire signed [COUNT_WIDTH-1:0] counts;
    integer query;

    always #0.5 clk = ~clk;

    query_pulse_driver driver (
        .clk(clk), .rst(1'b0), .start(start), .rows(rows),
        .i__payload(codes), .i__valid(1'b1), .i__ready()
    );
    analog_column #(.ROWS(ROWS)) analog (
        .rows(rows), .reset(reset), .count(count), .pulse(pulse), .sign(sign)
    );
    pulse_counter counter (
        .clk(clk), .rst(1'b0), .pulses(pulse), .signs(sign), .count(count),
        .counts(counts), .done(done)
    );

    task cycles(input integer number);
        repeat (number) @(posedge clk);
    endtask

    initial begin
        if (!$value$plusargs("queries=%s", stimuli)) $finish;
        $readmemh(stimuli, queries);
        cycles(1);  // spicebind sees changes, not the values that wires begin with
        for (query = 0; query < QUERIES; query = query + 1) begin
            codes <= queries[query];
            reset <= 1;
            cycles(3);
            reset <= 0;
            cycles(1);
            start <= 1;
            cycles(1);
            start <= 0;
            cycles(LONGEST + 1);  // the pulses, and a cycle for their last edge
            count <= 1;
            cycles(LONGEST + 1);
            count <= 0;
            @(posedge done) #0.1 $display("counted %0d", counts);
            cycles(1);
        end
        $finish;
    end
endmodule
