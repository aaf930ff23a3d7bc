"""An instruction-set simulator of RV32IMC with machine mode, written from the specification."""
